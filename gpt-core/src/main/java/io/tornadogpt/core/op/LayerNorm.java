package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/// Layer normalization over the last dimension (Ba et al., 2016): `out = (x - mean) * rstd * weight
/// + bias`, with `rstd = 1 / sqrt(variance + epsilon)` and the variance divided by C.
///
/// Each run of C elements is normalized on its own, C being the size of the weight: a whole row, or
/// one head of it.
///
/// @param x `[.., G x C]`
/// @param weight `[C]`
/// @param bias `[C]`, or null for none
/// @param out as `x`
/// @param mean one element a run of C, kept for the gradient
/// @param rstd one element a run of C, kept for the gradient
/// @param epsilon added to the variance
public record LayerNorm(
        Tensor x,
        Tensor weight,
        @Nullable Tensor bias,
        Tensor out,
        Tensor mean,
        Tensor rstd,
        double epsilon)
        implements Op {
    public LayerNorm {
        Expect.groups("LayerNorm", x, weight);
        if (bias != null) {
            Expect.sameShape("LayerNorm", "bias", bias, "weight", weight);
        }
        Expect.sameShape("LayerNorm", "out", out, "x", x);
        long runs = x.elements() / weight.elements();
        Expect.elements("LayerNorm", "mean", mean, runs, DType.F32);
        Expect.elements("LayerNorm", "rstd", rstd, runs, DType.F32);
    }

    @Override
    public List<Tensor> inputs() {
        return bias == null ? List.of(x, weight) : List.of(x, weight, bias);
    }

    @Override
    public List<Tensor> outputs() {
        return List.of(out, mean, rstd);
    }

    @Override
    public LayerNorm map(UnaryOperator<Tensor> f) {
        return new LayerNorm(
                f.apply(x),
                f.apply(weight),
                bias == null ? null : f.apply(bias),
                f.apply(out),
                f.apply(mean),
                f.apply(rstd),
                epsilon);
    }

    @Override
    public void appendGradient(Gradients gradients) {
        Tensor dOut = gradients.of(out);
        if (dOut == null) {
            return;
        }
        boolean biasWanted = bias != null && gradients.wanted(bias);
        if (gradients.wanted(x) || gradients.wanted(weight) || biasWanted) {
            gradients.append(
                    new Backward(
                            x,
                            weight,
                            mean,
                            rstd,
                            dOut,
                            gradients.assigned(x),
                            gradients.wanted(weight) ? part("weight", weight, gradients) : null,
                            bias != null && biasWanted ? part("bias", bias, gradients) : null,
                            null));
        }
    }

    private static Tensor part(String argument, Tensor tensor, Gradients gradients) {
        Expect.accumulated("LayerNorm", argument, tensor, gradients);
        return gradients.part(tensor);
    }

    @Override
    public long flops() {
        return 8 * x.elements();
    }

    /// The gradient of layer normalization. With `n = (x - mean) * rstd` and `dN = dOut * weight`:
    /// `dX = rstd * (dN - mean(dN) - n * mean(dN * n)) + addend`, `dWeight += sum(dOut * n)`,
    /// `dBias += sum(dOut)`, means over a run of C, sums over all runs.
    ///
    /// @param dX assigned, as `x`
    /// @param dWeight `[C]`, accumulated; null where the weight is frozen
    /// @param dBias `[C]`, accumulated; null where there is none or it is frozen
    /// @param addend as `x`, another part of the same gradient; set by passes only
    public record Backward(
            Tensor x,
            Tensor weight,
            Tensor mean,
            Tensor rstd,
            Tensor dOut,
            Tensor dX,
            @Nullable Tensor dWeight,
            @Nullable Tensor dBias,
            @Nullable Tensor addend)
            implements Op {
        public Backward {
            Expect.groups("LayerNorm.Backward", x, weight);
            long runs = x.elements() / weight.elements();
            Expect.elements("LayerNorm.Backward", "mean", mean, runs, DType.F32);
            Expect.elements("LayerNorm.Backward", "rstd", rstd, runs, DType.F32);
            Expect.sameShape("LayerNorm.Backward", "dOut", dOut, "x", x);
            Expect.sameShape("LayerNorm.Backward", "dX", dX, "x", x);
            if (dWeight != null) {
                Expect.sameShape("LayerNorm.Backward", "dWeight", dWeight, "weight", weight);
            }
            if (dBias != null) {
                Expect.sameShape("LayerNorm.Backward", "dBias", dBias, "weight", weight);
            }
            if (addend != null) {
                Expect.sameShape("LayerNorm.Backward", "addend", addend, "x", x);
            }
        }

        public Backward withAddend(Tensor newAddend, Tensor newDX) {
            return new Backward(x, weight, mean, rstd, dOut, newDX, dWeight, dBias, newAddend);
        }

        @Override
        public List<Tensor> inputs() {
            var inputs = new ArrayList<>(List.of(x, weight, mean, rstd, dOut));
            Stream.of(dWeight, dBias, addend).filter(Objects::nonNull).forEach(inputs::add);
            return inputs;
        }

        @Override
        public List<Tensor> outputs() {
            var outputs = new ArrayList<>(List.of(dX));
            Stream.of(dWeight, dBias).filter(Objects::nonNull).forEach(outputs::add);
            return outputs;
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
                    f.apply(mean),
                    f.apply(rstd),
                    f.apply(dOut),
                    f.apply(dX),
                    dWeight == null ? null : f.apply(dWeight),
                    dBias == null ? null : f.apply(dBias),
                    addend == null ? null : f.apply(addend));
        }

        @Override
        public long flops() {
            return 14 * x.elements();
        }
    }
}
