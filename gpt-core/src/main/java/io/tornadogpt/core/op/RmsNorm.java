package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/// Root-mean-square normalization (Zhang and Sennrich, 2019): `out = x * rstd * (offset + weight)`,
/// with `rstd = 1 / sqrt(mean(x^2) + epsilon)`.
///
/// Each run of D elements is normalized on its own, D being the size of the weight: a whole row, or
/// one head of it.
///
/// @param x `[.., G x D]`
/// @param weight `[D]`
/// @param out as `x`
/// @param rstd one element a run of D, kept for the gradient
/// @param epsilon added to the mean square
/// @param offset added to the weight: 0 in Llama, 1 in Gemma
public record RmsNorm(
        Tensor x, Tensor weight, Tensor out, Tensor rstd, double epsilon, double offset)
        implements Op {
    public RmsNorm {
        Expect.groups("RmsNorm", x, weight);
        Expect.sameShape("RmsNorm", "out", out, "x", x);
        Expect.elements("RmsNorm", "rstd", rstd, x.elements() / weight.elements(), DType.F32);
    }

    @Override
    public List<Tensor> inputs() {
        return List.of(x, weight);
    }

    @Override
    public List<Tensor> outputs() {
        return List.of(out, rstd);
    }

    @Override
    public RmsNorm map(UnaryOperator<Tensor> f) {
        return new RmsNorm(
                f.apply(x), f.apply(weight), f.apply(out), f.apply(rstd), epsilon, offset);
    }

    @Override
    public void appendGradient(Gradients gradients) {
        Tensor dOut = gradients.of(out);
        if (dOut != null && (gradients.wanted(x) || gradients.wanted(weight))) {
            @Nullable Tensor dWeight = null;
            if (gradients.wanted(weight)) {
                Expect.accumulated("RmsNorm", "weight", weight, gradients);
                dWeight = gradients.part(weight);
            }
            gradients.append(
                    new Backward(
                            x, weight, rstd, dOut, gradients.assigned(x), dWeight, null, offset));
        }
    }

    @Override
    public long flops() {
        return 4 * x.elements();
    }

    /// The gradient of [RmsNorm]. With `n = x * rstd` and `dN = dOut * (offset + weight)`: `dX =
    /// rstd * (dN - n * mean(dN * n)) + addend`, `dWeight += sum(dOut * n)`, means over a run of D,
    /// sums over all runs.
    ///
    /// @param dX assigned, as `x`
    /// @param dWeight `[D]`, accumulated; null where the weight is frozen
    /// @param addend as `x`, another part of the same gradient; set by passes only
    public record Backward(
            Tensor x,
            Tensor weight,
            Tensor rstd,
            Tensor dOut,
            Tensor dX,
            @Nullable Tensor dWeight,
            @Nullable Tensor addend,
            double offset)
            implements Op {
        public Backward {
            String op = "RmsNorm.Backward";
            Expect.groups(op, x, weight);
            Expect.elements(op, "rstd", rstd, x.elements() / weight.elements(), DType.F32);
            Expect.sameShape(op, "dOut", dOut, "x", x);
            Expect.sameShape(op, "dX", dX, "x", x);
            if (dWeight != null) {
                Expect.sameShape(op, "dWeight", dWeight, "weight", weight);
            }
            if (addend != null) {
                Expect.sameShape(op, "addend", addend, "x", x);
            }
        }

        public Backward withAddend(Tensor newAddend, Tensor newDX) {
            return new Backward(x, weight, rstd, dOut, newDX, dWeight, newAddend, offset);
        }

        @Override
        public List<Tensor> inputs() {
            var inputs = new ArrayList<>(List.of(x, weight, rstd, dOut));
            Stream.of(dWeight, addend).filter(Objects::nonNull).forEach(inputs::add);
            return inputs;
        }

        @Override
        public List<Tensor> outputs() {
            return dWeight == null ? List.of(dX) : List.of(dX, dWeight);
        }

        @Override
        public List<Tensor> overwritable() {
            return addend == null ? List.of() : List.of(addend);
        }

        @Override
        public Backward map(UnaryOperator<Tensor> f) {
            return new Backward(
                    f.apply(x),
                    f.apply(weight),
                    f.apply(rstd),
                    f.apply(dOut),
                    f.apply(dX),
                    dWeight == null ? null : f.apply(dWeight),
                    addend == null ? null : f.apply(addend),
                    offset);
        }

        @Override
        public long flops() {
            return 10 * x.elements();
        }
    }
}
