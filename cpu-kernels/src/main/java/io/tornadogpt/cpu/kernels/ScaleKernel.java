package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.Scale;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Multiplies a tensor by a number.
final class ScaleKernel {
    private ScaleKernel() {}

    static Runnable bind(Scale op, Binding binding) {
        MemorySegment x = binding.at(op.x());
        MemorySegment out = binding.at(op.out());
        float factor = (float) op.factor();
        return () -> scale(binding.workers(), x, out, factor);
    }

    /// `out = factor * x`; may be in place.
    private static void scale(Workers workers, MemorySegment x, MemorySegment out, float factor) {
        var parts = Partition.ofBytes(out.byteSize());
        workers.run(
                parts.units(),
                (unit, scratch) -> scale(x, out, parts.from(unit), parts.to(unit), factor));
    }

    private static void scale(
            MemorySegment x, MemorySegment out, long from, long to, float factor) {
        long offset = from;
        for (; offset <= to - Lanes.BYTES; offset += Lanes.BYTES) {
            Lanes.store(Lanes.load(x, offset).mul(factor), out, offset);
        }
        for (; offset < to; offset += 4) {
            float value = x.get(ValueLayout.JAVA_FLOAT, offset);
            out.set(ValueLayout.JAVA_FLOAT, offset, value * factor);
        }
    }
}
