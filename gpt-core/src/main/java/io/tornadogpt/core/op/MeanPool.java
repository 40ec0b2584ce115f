package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;

import java.util.List;
import java.util.function.UnaryOperator;

/// The mean of the first rows of each sequence: `out[b] = mean(x[b, 0 .. lengths[b] - 1])`, zeros
/// where the length is 0.
///
/// @param x `[B, T, C]`
/// @param lengths `[B]` I32, each from 0 to T
/// @param out `[B, C]`
public record MeanPool(Tensor x, Tensor lengths, Tensor out) implements Op {
    public MeanPool {
        check("MeanPool", "x", x, lengths, "out", out);
    }

    private static void check(
            String op, String whole, Tensor x, Tensor lengths, String pooled, Tensor out) {
        Expect.that(x.shape().rank() == 3, "%s: %s is %s; expected [B, T, C]", op, whole, x);
        int batch = x.shape().dimension(0);
        Expect.elements(op, "lengths", lengths, batch, DType.I32);
        Expect.shape(op, pooled, out, batch, x.columns());
    }

    @Override
    public List<Tensor> inputs() {
        return List.of(x, lengths);
    }

    @Override
    public List<Tensor> outputs() {
        return List.of(out);
    }

    @Override
    public MeanPool map(UnaryOperator<Tensor> f) {
        return new MeanPool(f.apply(x), f.apply(lengths), f.apply(out));
    }

    @Override
    public void appendGradient(Gradients gradients) {
        Tensor dOut = gradients.of(out);
        if (dOut != null && gradients.wanted(x)) {
            gradients.append(new Backward(dOut, lengths, gradients.assigned(x)));
        }
    }

    @Override
    public long flops() {
        return x.elements();
    }

    /// `dX[b, t] = dOut[b] / lengths[b]` for the rows that were averaged, 0 for the others.
    ///
    /// @param dX `[B, T, C]`, assigned
    public record Backward(Tensor dOut, Tensor lengths, Tensor dX) implements Op {
        public Backward {
            check("MeanPool.Backward", "dX", dX, lengths, "dOut", dOut);
        }

        @Override
        public List<Tensor> inputs() {
            return List.of(dOut, lengths);
        }

        @Override
        public List<Tensor> outputs() {
            return List.of(dX);
        }

        @Override
        public Backward map(UnaryOperator<Tensor> f) {
            return new Backward(f.apply(dOut), f.apply(lengths), f.apply(dX));
        }
    }
}
