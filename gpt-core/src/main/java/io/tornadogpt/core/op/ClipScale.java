package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;

import java.util.List;
import java.util.function.UnaryOperator;

/// What gradients are multiplied by so that their norm is at most `maxNorm`: `scale = min(1,
/// maxNorm / (norm + 1e-6))`, as PyTorch's `clip_grad_norm_` (Pascanu et al., 2013).
///
/// A norm that is infinite or NaN gives the scale 0, which tells [AdamW] to leave everything as it
/// is.
///
/// @param norm `[1]`
/// @param scale `[1]`
/// @param maxNorm 0 for no clipping: the scale is 1 for every finite norm
public record ClipScale(Tensor norm, Tensor scale, double maxNorm) implements Op {
    public ClipScale {
        Expect.elements("ClipScale", "norm", norm, 1, DType.F32);
        Expect.elements("ClipScale", "scale", scale, 1, DType.F32);
        Expect.that(
                maxNorm >= 0 && Double.isFinite(maxNorm),
                "ClipScale: maxNorm is %s; expected 0 (off) or a finite norm above it",
                maxNorm);
    }

    @Override
    public List<Tensor> inputs() {
        return List.of(norm);
    }

    @Override
    public List<Tensor> outputs() {
        return List.of(scale);
    }

    @Override
    public ClipScale map(UnaryOperator<Tensor> f) {
        return new ClipScale(f.apply(norm), f.apply(scale), maxNorm);
    }
}
