package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.ClipScale;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What a norm makes of gradients.
final class ClipScaleKernel {
    private ClipScaleKernel() {}

    static Runnable bind(ClipScale op, Binding binding) {
        MemorySegment norm = binding.at(op.norm());
        MemorySegment scale = binding.at(op.scale());
        return () -> clipScale(norm, scale, op.maxNorm());
    }

    /// `scale = min(1, maxNorm / (norm + 1e-6))`; 1 if `maxNorm` is 0; 0 if the norm is not finite.
    ///
    /// @param norm `[1]`
    /// @param scale `[1]`
    private static void clipScale(MemorySegment norm, MemorySegment scale, double maxNorm) {
        double value = norm.get(ValueLayout.JAVA_FLOAT, 0);
        double factor;
        if (!Double.isFinite(value)) {
            factor = 0;
        } else if (maxNorm == 0) {
            factor = 1;
        } else {
            factor = Math.min(1, maxNorm / (value + 1e-6));
        }
        scale.set(ValueLayout.JAVA_FLOAT, 0, (float) factor);
    }
}
