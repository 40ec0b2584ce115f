package io.tornadogpt.cpu.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Combines the sums that units made of their rows, in the order of the units.
final class ColumnSums {
    private ColumnSums() {}

    /// `total += ` the sum of `count` rows of `sums`. Works in the first row.
    ///
    /// @param start index of the first row
    /// @param stride from row to row; rows have room for whole vectors
    static void add(
            float[] sums, int start, int stride, int count, int columns, MemorySegment total) {
        for (int row = 1; row < count; row++) {
            int from = start + row * stride;
            for (int j = 0; j < columns; j += Lanes.COUNT) {
                Lanes.load(sums, start + j)
                        .add(Lanes.load(sums, from + j))
                        .intoArray(sums, start + j);
            }
        }
        for (int j = 0; j < columns; j++) {
            float old = total.getAtIndex(ValueLayout.JAVA_FLOAT, j);
            total.setAtIndex(ValueLayout.JAVA_FLOAT, j, old + sums[start + j]);
        }
    }
}
