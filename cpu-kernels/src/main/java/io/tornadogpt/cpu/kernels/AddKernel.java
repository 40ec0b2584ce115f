package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.Add;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The sum of two tensors.
final class AddKernel {
    private AddKernel() {}

    static Runnable bind(Add op, Binding binding) {
        MemorySegment a = binding.at(op.a());
        MemorySegment b = binding.at(op.b());
        MemorySegment out = binding.at(op.out());
        return () -> add(binding.workers(), a, b, out);
    }

    /// `out = a + b`, all of one size.
    private static void add(Workers workers, MemorySegment a, MemorySegment b, MemorySegment out) {
        var parts = Partition.ofBytes(out.byteSize());
        workers.run(
                parts.units(), (unit, scratch) -> add(a, b, out, parts.from(unit), parts.to(unit)));
    }

    private static void add(
            MemorySegment a, MemorySegment b, MemorySegment out, long from, long to) {
        long offset = from;
        for (; offset <= to - Lanes.BYTES; offset += Lanes.BYTES) {
            Lanes.store(Lanes.load(a, offset).add(Lanes.load(b, offset)), out, offset);
        }
        for (; offset < to; offset += 4) {
            float sum =
                    a.get(ValueLayout.JAVA_FLOAT, offset) + b.get(ValueLayout.JAVA_FLOAT, offset);
            out.set(ValueLayout.JAVA_FLOAT, offset, sum);
        }
    }
}
