package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;

import java.util.List;
import java.util.function.UnaryOperator;

/// Cross-entropy of a row of logits and a target, softmax included: `losses = lse -
/// logits[target]`, with `lse = log(sum(exp(logits)))`.
///
/// @param logits `[.., V]`, N rows
/// @param targets N ids, I32; a negative target is ignored: its loss is 0
/// @param lse `[N]`, kept for the gradient
/// @param losses `[N]`, in nats
public record CrossEntropy(Tensor logits, Tensor targets, Tensor lse, Tensor losses) implements Op {
    public CrossEntropy {
        Expect.elements("CrossEntropy", "targets", targets, logits.rows(), DType.I32);
        Expect.elements("CrossEntropy", "lse", lse, logits.rows(), DType.F32);
        Expect.elements("CrossEntropy", "losses", losses, logits.rows(), DType.F32);
    }

    @Override
    public List<Tensor> inputs() {
        return List.of(logits, targets);
    }

    @Override
    public List<Tensor> outputs() {
        return List.of(lse, losses);
    }

    @Override
    public CrossEntropy map(UnaryOperator<Tensor> f) {
        return new CrossEntropy(f.apply(logits), f.apply(targets), f.apply(lse), f.apply(losses));
    }

    @Override
    public void appendGradient(Gradients gradients) {
        Tensor dLosses = gradients.of(losses);
        if (dLosses != null && gradients.wanted(logits)) {
            gradients.append(
                    new Backward(logits, targets, lse, dLosses, gradients.assigned(logits)));
        }
    }

    @Override
    public long flops() {
        return 4 * logits.elements();
    }

    /// `dLogits = (softmax(logits) - onehot(target)) * dLosses`; a row of zeros where the target is
    /// ignored. `dLogits` may take the place of `logits`.
    public record Backward(
            Tensor logits, Tensor targets, Tensor lse, Tensor dLosses, Tensor dLogits)
            implements Op {
        public Backward {
            Expect.elements("CrossEntropy.Backward", "targets", targets, logits.rows(), DType.I32);
            Expect.elements("CrossEntropy.Backward", "lse", lse, logits.rows(), DType.F32);
            Expect.elements("CrossEntropy.Backward", "dLosses", dLosses, logits.rows(), DType.F32);
            Expect.sameShape("CrossEntropy.Backward", "dLogits", dLogits, "logits", logits);
        }

        @Override
        public List<Tensor> inputs() {
            return List.of(logits, targets, lse, dLosses);
        }

        @Override
        public List<Tensor> outputs() {
            return List.of(dLogits);
        }

        @Override
        public List<Tensor> overwritable() {
            return List.of(logits);
        }

        @Override
        public Backward map(UnaryOperator<Tensor> f) {
            return new Backward(
                    f.apply(logits),
                    f.apply(targets),
                    f.apply(lse),
                    f.apply(dLosses),
                    f.apply(dLogits));
        }
    }
}
