package io.tornadogpt.cpu.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// Copies parts of off-heap matrices into the arrays that [MicroKernel] reads.
///
/// A *panel* is [MicroKernel#COLUMNS] columns of the right matrix, k by k: element (k, j) at `k *
/// COLUMNS + j`. Columns beyond the matrix are 0.
final class Packing {
    private static final int COLUMNS = MicroKernel.COLUMNS;

    private Packing() {}

    /// Rounds up to a multiple.
    static int roundUp(int value, int multiple) {
        return (value + multiple - 1) / multiple * multiple;
    }

    /// Copies `rows` rows of `columns` floats, `stride` bytes apart, to rows of `columns` floats.
    static void rows(
            MemorySegment from,
            long offset,
            long stride,
            int rows,
            int columns,
            float[] to,
            int start) {
        for (int row = 0; row < rows; row++) {
            MemorySegment.copy(
                    from,
                    ValueLayout.JAVA_FLOAT,
                    offset + row * stride,
                    to,
                    start + row * columns,
                    columns);
        }
    }

    /// Copies at most [MicroKernel#STEP] columns of `depth` rows to rows of STEP floats.
    ///
    /// @param columns how many there are; the rest of each row is not touched
    static void columns(
            MemorySegment from,
            long offset,
            long stride,
            int depth,
            int columns,
            float[] to,
            int start) {
        if (columns < MicroKernel.STEP) {
            for (int k = 0; k < depth; k++) {
                MemorySegment.copy(
                        from,
                        ValueLayout.JAVA_FLOAT,
                        offset + k * stride,
                        to,
                        start + k * MicroKernel.STEP,
                        columns);
            }
            return;
        }
        for (int k = 0; k < depth; k++) {
            long source = offset + k * stride;
            int target = start + k * MicroKernel.STEP;
            for (int j = 0; j < 6; j++) {
                Lanes.load(from, source + j * Lanes.BYTES).intoArray(to, target + j * Lanes.COUNT);
            }
        }
    }

    /// Packs a panel from a matrix whose rows are k: element (k, j) is at `offset + k * stride + 4
    /// * j`.
    ///
    /// @param columns how many columns the panel has, at most COLUMNS
    static void panel(
            MemorySegment from,
            long offset,
            long stride,
            int depth,
            int columns,
            float scale,
            float[] to,
            int start) {
        if (columns < COLUMNS) {
            narrowPanel(from, offset, stride, depth, columns, scale, to, start);
            return;
        }
        for (int k = 0; k < depth; k++) {
            long source = offset + k * stride;
            int target = start + k * COLUMNS;
            Lanes.load(from, source).mul(scale).intoArray(to, target);
            Lanes.load(from, source + Lanes.BYTES).mul(scale).intoArray(to, target + Lanes.COUNT);
        }
    }

    private static void narrowPanel(
            MemorySegment from,
            long offset,
            long stride,
            int depth,
            int columns,
            float scale,
            float[] to,
            int start) {
        for (int k = 0; k < depth; k++) {
            int target = start + k * COLUMNS;
            for (int j = 0; j < columns; j++) {
                long source = offset + k * stride + 4L * j;
                to[target + j] = from.get(ValueLayout.JAVA_FLOAT, source) * scale;
            }
            Arrays.fill(to, target + columns, target + COLUMNS, 0);
        }
    }

    /// Packs a panel from a matrix whose rows are columns of the product: element (k, j) is at
    /// `offset + j * stride + 4 * k`.
    ///
    /// @param columns how many columns the panel has, at most COLUMNS
    static void transposedPanel(
            MemorySegment from,
            long offset,
            long stride,
            int depth,
            int columns,
            float scale,
            float[] to,
            int start) {
        for (int j = 0; j < columns; j++) {
            transposedColumn(from, offset + j * stride, depth, scale, to, start + j);
        }
        for (int j = columns; j < COLUMNS; j++) {
            for (int k = 0; k < depth; k++) {
                to[start + j + k * COLUMNS] = 0;
            }
        }
    }

    private static void transposedColumn(
            MemorySegment from, long offset, int depth, float scale, float[] to, int start) {
        for (int k = 0; k < depth; k++) {
            to[start + k * COLUMNS] = from.get(ValueLayout.JAVA_FLOAT, offset + 4L * k) * scale;
        }
    }

    /// Stores `count` floats, scaled; reads whole vectors.
    static void store(
            float[] from, int start, int count, float scale, MemorySegment to, long offset) {
        int whole = Lanes.FLOATS.loopBound(count);
        for (int i = 0; i < whole; i += Lanes.COUNT) {
            Lanes.store(Lanes.load(from, start + i).mul(scale), to, offset + 4L * i);
        }
        for (int i = whole; i < count; i++) {
            to.set(ValueLayout.JAVA_FLOAT, offset + 4L * i, from[start + i] * scale);
        }
    }
}
