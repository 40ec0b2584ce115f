package io.tornadogpt.cpu.kernels;

import java.lang.foreign.MemorySegment;

/// Copies and clears tensors.
public final class CopyKernel {
    private CopyKernel() {}

    /// `out = x`.
    public static void copy(Workers workers, MemorySegment x, MemorySegment out) {
        var parts = Partition.ofBytes(out.byteSize());
        workers.run(
                parts.units(),
                (unit, scratch) -> {
                    long from = parts.from(unit);
                    MemorySegment.copy(x, from, out, from, parts.to(unit) - from);
                });
    }

    /// `x = 0`.
    public static void zero(Workers workers, MemorySegment x) {
        var parts = Partition.ofBytes(x.byteSize());
        workers.run(
                parts.units(),
                (unit, scratch) -> {
                    long from = parts.from(unit);
                    x.asSlice(from, parts.to(unit) - from).fill((byte) 0);
                });
    }
}
