package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.Dropout;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Supplier;

/// Inverted dropout; its gradient is the same function of `dOut`.
final class DropoutKernel {
    private DropoutKernel() {}

    static Runnable bind(Dropout op, Binding binding) {
        MemorySegment x = binding.at(op.x());
        MemorySegment out = binding.at(op.out());
        int rows = op.x().rows();
        int columns = op.x().columns();
        Supplier<KeepFactors> factors = KeepFactors.bind(op.mask(), binding);
        return () -> apply(binding.workers(), x, out, rows, columns, factors.get());
    }

    /// `out = x / (1 - p)` where the element is kept, 0 where it is not, whatever x is there.
    ///
    /// @param x `[N, C]`
    /// @param out `[N, C]`; may be x
    private static void apply(
            Workers workers,
            MemorySegment x,
            MemorySegment out,
            int rows,
            int columns,
            KeepFactors factors) {
        var parts = Partition.ofRows(rows, columns);
        workers.run(
                parts.units(),
                (unit, scratch) -> {
                    int[] words = new int[KeepFactors.wordsOfRow(columns)];
                    float[] keep = scratch.floats(0, words.length);
                    for (long i = parts.from(unit); i < parts.to(unit); i++) {
                        factors.ofRow((int) i, columns, words, keep);
                        multiply(x, out, 4L * i * columns, keep, columns);
                    }
                });
    }

    private static void multiply(
            MemorySegment x, MemorySegment out, long offset, float[] keep, int columns) {
        int whole = Lanes.FLOATS.loopBound(columns);
        for (int j = 0; j < whole; j += Lanes.COUNT) {
            FloatVector factor = Lanes.load(keep, j);
            FloatVector product =
                    Lanes.load(x, offset + 4L * j)
                            .mul(factor)
                            .blend(0f, factor.compare(VectorOperators.EQ, 0f));
            Lanes.store(product, out, offset + 4L * j);
        }
        for (int j = whole; j < columns; j++) {
            float value = x.get(ValueLayout.JAVA_FLOAT, offset + 4L * j);
            float product = keep[j] == 0 ? 0 : value * keep[j];
            out.set(ValueLayout.JAVA_FLOAT, offset + 4L * j, product);
        }
    }
}
