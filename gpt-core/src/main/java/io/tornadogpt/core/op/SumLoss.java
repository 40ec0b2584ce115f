package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/// The sum of the losses whose target counts, and how much that is: `loss = sum(weights * losses)`,
/// `count = sum(weights)`, over the targets that are not negative.
///
/// A sum and not a mean, so that micro-batches of unequal numbers of targets add up to what one
/// large batch gives: the mean is taken by who knows the number of targets of the whole step.
///
/// @param losses `[N]`
/// @param targets N ids, I32; negative ones do not count; null where all losses count
/// @param weights N factors; null for 1
/// @param loss `[1]`
/// @param count `[1]`
public record SumLoss(
        Tensor losses,
        @Nullable Tensor targets,
        @Nullable Tensor weights,
        Tensor loss,
        Tensor count)
        implements Op {
    public SumLoss {
        check("SumLoss", losses, targets, weights);
        Expect.elements("SumLoss", "loss", loss, 1, DType.F32);
        Expect.elements("SumLoss", "count", count, 1, DType.F32);
    }

    private static void check(
            String op, Tensor losses, @Nullable Tensor targets, @Nullable Tensor weights) {
        Expect.type(op, "losses", losses, DType.F32);
        if (targets != null) {
            Expect.elements(op, "targets", targets, losses.elements(), DType.I32);
        }
        if (weights != null) {
            Expect.elements(op, "weights", weights, losses.elements(), DType.F32);
        }
    }

    @Override
    public List<Tensor> inputs() {
        var inputs = new ArrayList<>(List.of(losses));
        Stream.of(targets, weights).filter(Objects::nonNull).forEach(inputs::add);
        return inputs;
    }

    @Override
    public List<Tensor> outputs() {
        return List.of(loss, count);
    }

    @Override
    public SumLoss map(UnaryOperator<Tensor> f) {
        return new SumLoss(
                f.apply(losses),
                targets == null ? null : f.apply(targets),
                weights == null ? null : f.apply(weights),
                f.apply(loss),
                f.apply(count));
    }

    @Override
    public void appendGradient(Gradients gradients) {
        Tensor dLoss = gradients.of(loss);
        if (dLoss != null && gradients.wanted(losses)) {
            gradients.append(new Backward(targets, weights, dLoss, gradients.assigned(losses)));
        }
    }

    /// `dLosses = weights * dLoss`, 0 where the target does not count.
    public record Backward(
            @Nullable Tensor targets, @Nullable Tensor weights, Tensor dLoss, Tensor dLosses)
            implements Op {
        public Backward {
            check("SumLoss.Backward", dLosses, targets, weights);
            Expect.elements("SumLoss.Backward", "dLoss", dLoss, 1, DType.F32);
        }

        @Override
        public List<Tensor> inputs() {
            var inputs = new ArrayList<>(List.of(dLoss));
            Stream.of(targets, weights).filter(Objects::nonNull).forEach(inputs::add);
            return inputs;
        }

        @Override
        public List<Tensor> outputs() {
            return List.of(dLosses);
        }

        @Override
        public Backward map(UnaryOperator<Tensor> f) {
            return new Backward(
                    targets == null ? null : f.apply(targets),
                    weights == null ? null : f.apply(weights),
                    f.apply(dLoss),
                    f.apply(dLosses));
        }
    }
}
