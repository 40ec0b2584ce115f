package io.tornadogpt.kernels;

import io.tornadogpt.core.op.ClipScale;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// What gradients are multiplied by so that their norm is at most a bound (Pascanu et al., 2013).
public final class ClipScaleKernels {
    /// Keeps the factor finite where the norm is 0, as in PyTorch's `clip_grad_norm_`.
    private static final float NORM_EPSILON = 1e-6f;

    private ClipScaleKernels() {}

    /// How [ClipScale] is launched.
    public static OpKernels of(ClipScale o) {
        return OpKernels.of(
                "clipScale",
                (t, g, name) ->
                        g.task(
                                name,
                                ClipScaleKernels::clipScale,
                                t.layer(),
                                t.floats(o.norm()),
                                t.place(o.norm()),
                                t.floats(o.scale()),
                                t.place(o.scale()),
                                (float) o.maxNorm()));
    }

    /// `scale = min(1, maxNorm / (norm + 1e-6))`; 1 if `maxNorm` is 0; 0 if the norm is infinite or
    /// NaN, which tells [AdamWKernels] to leave everything as it is. One work-item.
    ///
    /// @param norm `[1]`
    /// @param scale `[1]`
    public static void clipScale(
            IntArray layer,
            FloatArray norm,
            long normPlace,
            FloatArray scale,
            long scalePlace,
            float maxNorm) {
        for (@Parallel int i = 0; i < 1; i++) {
            float value = norm.get(Place.start(normPlace, layer) + i);
            float factor = 0f;
            // Not `value <= LARGEST`: TornadoVM 5.2 makes `!(LARGEST < value)` of it, true for NaN.
            if (value * 0f == 0f) {
                factor = maxNorm == 0f ? 1f : TornadoMath.min(1f, maxNorm / (value + NORM_EPSILON));
            }
            scale.set(Place.start(scalePlace, layer) + i, factor);
        }
    }
}
