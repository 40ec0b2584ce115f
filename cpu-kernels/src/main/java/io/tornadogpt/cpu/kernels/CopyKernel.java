package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.Copy;

import java.lang.foreign.MemorySegment;

/// Copies a tensor.
final class CopyKernel {
    private CopyKernel() {}

    static Runnable bind(Copy op, Binding binding) {
        MemorySegment x = binding.at(op.x());
        MemorySegment out = binding.at(op.out());
        return () -> copy(binding.workers(), x, out);
    }

    /// `out = x`.
    private static void copy(Workers workers, MemorySegment x, MemorySegment out) {
        var parts = Partition.ofBytes(out.byteSize());
        workers.run(
                parts.units(),
                (unit, scratch) -> {
                    long from = parts.from(unit);
                    MemorySegment.copy(x, from, out, from, parts.to(unit) - from);
                });
    }
}
