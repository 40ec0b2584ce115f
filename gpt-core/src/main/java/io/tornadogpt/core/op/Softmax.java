package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.Tensor;

import java.util.List;
import java.util.function.UnaryOperator;

/// Softmax over the last dimension, the row's maximum subtracted first.
///
/// @param x `[.., C]`
/// @param out as `x`; rows sum to 1
public record Softmax(Tensor x, Tensor out) implements Op {
    public Softmax {
        Expect.sameShape("Softmax", "out", out, "x", x);
    }

    @Override
    public List<Tensor> inputs() {
        return List.of(x);
    }

    @Override
    public List<Tensor> outputs() {
        return List.of(out);
    }

    @Override
    public Softmax map(UnaryOperator<Tensor> f) {
        return new Softmax(f.apply(x), f.apply(out));
    }

    @Override
    public void appendGradient(Gradients gradients) {
        Tensor dOut = gradients.of(out);
        if (dOut != null && gradients.wanted(x)) {
            gradients.append(new Backward(out, dOut, gradients.assigned(x)));
        }
    }

    @Override
    public long flops() {
        return 5 * x.elements();
    }

    /// `dX = out * (dOut - sum(dOut * out))`, sums over the last dimension.
    public record Backward(Tensor out, Tensor dOut, Tensor dX) implements Op {
        public Backward {
            Expect.sameShape("Softmax.Backward", "dOut", dOut, "out", out);
            Expect.sameShape("Softmax.Backward", "dX", dX, "out", out);
        }

        @Override
        public List<Tensor> inputs() {
            return List.of(out, dOut);
        }

        @Override
        public List<Tensor> outputs() {
            return List.of(dX);
        }

        @Override
        public Backward map(UnaryOperator<Tensor> f) {
            return new Backward(f.apply(out), f.apply(dOut), f.apply(dX));
        }
    }
}
