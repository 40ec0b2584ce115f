package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.Zero;

import java.lang.foreign.MemorySegment;

/// Clears a tensor.
final class ZeroKernel {
    private ZeroKernel() {}

    static Runnable bind(Zero op, Binding binding) {
        MemorySegment x = binding.at(op.x());
        return () -> zero(binding.workers(), x);
    }

    /// `x = 0`.
    static void zero(Workers workers, MemorySegment x) {
        var parts = Partition.ofBytes(x.byteSize());
        workers.run(
                parts.units(),
                (unit, scratch) -> {
                    long from = parts.from(unit);
                    x.asSlice(from, parts.to(unit) - from).fill((byte) 0);
                });
    }
}
