package io.tornadogpt.cpu.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Inverted dropout; its gradient is the same function of `dOut`.
public final class DropoutKernel {
    private DropoutKernel() {}

    /// `out = x / (1 - p)` where the element is kept, 0 where it is not, whatever x is there.
    ///
    /// @param x `[N, C]`
    /// @param out `[N, C]`; may be x
    public static void apply(
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
                    var words = new int[KeepFactors.wordsOfRow(columns)];
                    float[] keep = scratch.floats(0, words.length);
                    float[] row = scratch.floats(1, words.length);
                    for (long i = parts.from(unit); i < parts.to(unit); i++) {
                        long offset = 4L * i * columns;
                        MemorySegment.copy(x, ValueLayout.JAVA_FLOAT, offset, row, 0, columns);
                        factors.ofRow((int) i, columns, words, keep);
                        multiply(row, keep, columns);
                        MemorySegment.copy(row, 0, out, ValueLayout.JAVA_FLOAT, offset, columns);
                    }
                });
    }

    private static void multiply(float[] row, float[] keep, int columns) {
        for (int j = 0; j < columns; j += Lanes.COUNT) {
            FloatVector factor = Lanes.load(keep, j);
            Lanes.load(row, j)
                    .mul(factor)
                    .blend(0f, factor.compare(VectorOperators.EQ, 0f))
                    .intoArray(row, j);
        }
    }
}
