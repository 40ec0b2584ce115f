package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.function.UnaryOperator;

/// The weighted sum of each row: `out[i] = sum over j of weights[i, j] * x[i, j]`. Of the losses of
/// a sequence's tokens it makes the loss of the sequence.
///
/// @param x N elements, seen as a matrix of as many rows as `out` has elements
/// @param weights N factors; null for 1
/// @param out `[R]`, R rows
public record RowSum(Tensor x, @Nullable Tensor weights, Tensor out) implements Op {
    public RowSum {
        check("RowSum", "x", x, weights, "out", out);
    }

    private static void check(
            String op,
            String whole,
            Tensor x,
            @Nullable Tensor weights,
            String summed,
            Tensor out) {
        Expect.type(op, whole, x, DType.F32);
        Expect.type(op, summed, out, DType.F32);
        Expect.that(
                x.elements() % out.elements() == 0,
                "%s: %s is %s, which is no %d rows; %s is %s",
                op,
                whole,
                x,
                out.elements(),
                summed,
                out);
        if (weights != null) {
            Expect.elements(op, "weights", weights, x.elements(), DType.F32);
        }
    }

    @Override
    public List<Tensor> inputs() {
        return weights == null ? List.of(x) : List.of(x, weights);
    }

    @Override
    public List<Tensor> outputs() {
        return List.of(out);
    }

    @Override
    public RowSum map(UnaryOperator<Tensor> f) {
        return new RowSum(f.apply(x), weights == null ? null : f.apply(weights), f.apply(out));
    }

    @Override
    public void appendGradient(Gradients gradients) {
        Tensor dOut = gradients.of(out);
        if (dOut != null && gradients.wanted(x)) {
            gradients.append(new Backward(dOut, weights, gradients.assigned(x)));
        }
    }

    @Override
    public long flops() {
        return 2 * x.elements();
    }

    /// `dX[i, j] = weights[i, j] * dOut[i]`.
    ///
    /// @param dX N elements, assigned
    public record Backward(Tensor dOut, @Nullable Tensor weights, Tensor dX) implements Op {
        public Backward {
            check("RowSum.Backward", "dX", dX, weights, "dOut", dOut);
        }

        @Override
        public List<Tensor> inputs() {
            return weights == null ? List.of(dOut) : List.of(dOut, weights);
        }

        @Override
        public List<Tensor> outputs() {
            return List.of(dX);
        }

        @Override
        public Backward map(UnaryOperator<Tensor> f) {
            return new Backward(
                    f.apply(dOut), weights == null ? null : f.apply(weights), f.apply(dX));
        }
    }
}
