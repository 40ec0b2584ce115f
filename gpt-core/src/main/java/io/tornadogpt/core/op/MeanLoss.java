package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;

import java.util.List;
import java.util.function.UnaryOperator;

/// The mean of the losses whose target is not ignored: `loss = sum(losses) / max(count, 1)`.
///
/// @param losses `[N]`
/// @param targets N ids, I32; negative ones are not counted
/// @param loss `[1]`
/// @param count `[1]`, the number of targets that count
public record MeanLoss(Tensor losses, Tensor targets, Tensor loss, Tensor count) implements Op {
    public MeanLoss {
        Expect.elements("MeanLoss", "targets", targets, losses.elements(), DType.I32);
        Expect.elements("MeanLoss", "loss", loss, 1, DType.F32);
        Expect.elements("MeanLoss", "count", count, 1, DType.F32);
    }

    @Override
    public List<Tensor> inputs() {
        return List.of(losses, targets);
    }

    @Override
    public List<Tensor> outputs() {
        return List.of(loss, count);
    }

    @Override
    public MeanLoss map(UnaryOperator<Tensor> f) {
        return new MeanLoss(f.apply(losses), f.apply(targets), f.apply(loss), f.apply(count));
    }

    @Override
    public void appendGradient(Gradients gradients) {
        Tensor dLoss = gradients.of(loss);
        if (dLoss != null && gradients.wanted(losses)) {
            gradients.append(new Backward(targets, count, dLoss, gradients.assigned(losses)));
        }
    }

    /// `dLosses = dLoss / max(count, 1)`, 0 where the target is ignored.
    public record Backward(Tensor targets, Tensor count, Tensor dLoss, Tensor dLosses)
            implements Op {
        public Backward {
            Expect.elements("MeanLoss.Backward", "count", count, 1, DType.F32);
            Expect.elements("MeanLoss.Backward", "dLoss", dLoss, 1, DType.F32);
            Expect.elements("MeanLoss.Backward", "targets", targets, dLosses.elements(), DType.I32);
        }

        @Override
        public List<Tensor> inputs() {
            return List.of(targets, count, dLoss);
        }

        @Override
        public List<Tensor> outputs() {
            return List.of(dLosses);
        }

        @Override
        public Backward map(UnaryOperator<Tensor> f) {
            return new Backward(f.apply(targets), f.apply(count), f.apply(dLoss), f.apply(dLosses));
        }
    }
}
