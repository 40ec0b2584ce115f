package io.tornadogpt.cpu.kernels;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Products of a few hundred rows at most, as in reading a prompt or training on little memory:
/// `out[M,N] (+)= a[M,K] . op(b)[K,N]`.
///
/// [Gemm] packs `b` into memory that all threads share, which pays where each of many blocks of
/// rows reads it. Here all rows of `a`, packed for all threads, lie in a cache, and reading `b` is
/// what takes the time: a thread packs a piece of it that stays in its L2 cache, multiplies it by
/// all rows and is done with it.
final class FewRows {
    private static final int MAX_ROWS = 512;

    /// Longest K: all of `a` is packed at once.
    private static final int MAX_K = 4096;

    /// Columns of the product in a unit, whole panels at every width of vectors.
    private static final int UNIT_COLUMNS = 128;

    /// How many units there are at least, unless the rows fill only some tiles: fewer would leave
    /// threads waiting for each other.
    private static final int MIN_UNITS = 6;

    private static final int FEW_TILES = 4 * MicroKernel.ROWS;

    /// Longest part of K: with UNIT_COLUMNS, a piece of `b` takes 128 KB.
    private static final int MAX_DEPTH = 256;

    /// Rows that are packed at a time: few enough for the lines of the L1 cache.
    private static final int PACKED_ROWS = 16;

    /// Floats between the rows of the packed `a` beyond K: without them, rows whose length is a
    /// power of two would fall on the same lines of a cache.
    private static final int GAP = 16;

    private static final int PACKED_A = 0;
    private static final int PACKED_B = 1;
    private static final int SUMS = 2;

    private FewRows() {}

    /// Whether this is the way to multiply `m` rows.
    static boolean serves(int m, int n, int k, Gemm.Operand a, Gemm.Operand b) {
        if (a.transposed() || k > MAX_K) {
            return false;
        }
        return m <= FEW_TILES ? !b.transposed() : m <= MAX_ROWS && n >= MIN_UNITS * UNIT_COLUMNS;
    }

    static void multiply(
            Workers workers,
            MemorySegment a,
            Gemm.Operand b,
            MemorySegment out,
            int m,
            int n,
            int k,
            Epilogue epilogue) {
        int aRow = k + GAP;
        int rows = Packing.roundUp(m, MicroKernel.ROWS);
        float[] packedA = workers.shared(PACKED_A, rows * aRow);
        workers.run(
                Math.ceilDiv(m, PACKED_ROWS),
                (unit, scratch) -> {
                    int row = unit * PACKED_ROWS;
                    int count = Math.min(PACKED_ROWS, m - row);
                    long offset = 4L * row * k;
                    Packing.rows(a, offset, 4L * k, count, k, packedA, row * aRow, aRow);
                });
        int depth = Math.ceilDiv(k, Math.ceilDiv(k, MAX_DEPTH));
        workers.run(
                Math.ceilDiv(n, UNIT_COLUMNS),
                (unit, scratch) -> {
                    int column = unit * UNIT_COLUMNS;
                    int columns = Math.min(UNIT_COLUMNS, n - column);
                    float[] packedB = scratch.floats(PACKED_B, depth * UNIT_COLUMNS);
                    float[] sums = scratch.floats(SUMS, rows * UNIT_COLUMNS);
                    Arrays.fill(sums, 0, rows * UNIT_COLUMNS, 0);
                    for (int from = 0; from < k; from += depth) {
                        int part = Math.min(depth, k - from);
                        pack(b, from, part, n, k, column, columns, packedB);
                        multiply(packedA, from, aRow, rows, packedB, columns, part, sums);
                    }
                    for (int i = 0; i < m; i++) {
                        long offset = 4L * i * n + 4L * column;
                        epilogue.store(sums, i * UNIT_COLUMNS, columns, out, offset, column);
                    }
                });
    }

    private static void pack(
            Gemm.Operand b,
            int from,
            int depth,
            int n,
            int k,
            int column,
            int columns,
            float[] packed) {
        if (!b.transposed()) {
            for (int row = 0; row < depth; row += PACKED_ROWS) {
                int rows = Math.min(PACKED_ROWS, depth - row);
                for (int j = 0; j < columns; j += MicroKernel.COLUMNS) {
                    int width = Math.min(MicroKernel.COLUMNS, columns - j);
                    long at = (long) (from + row) * n + column + j;
                    int start = j * depth + row * MicroKernel.COLUMNS;
                    b.panel(at, n, rows, width, packed, start);
                }
            }
        } else {
            for (int j = 0; j < columns; j += MicroKernel.COLUMNS) {
                int width = Math.min(MicroKernel.COLUMNS, columns - j);
                long at = (long) (column + j) * k + from;
                b.transposedPanel(at, k, depth, width, packed, j * depth);
            }
        }
    }

    private static void multiply(
            float[] a,
            int a0,
            int aRow,
            int rows,
            float[] b,
            int columns,
            int depth,
            float[] sums) {
        for (int j = 0; j < columns; j += MicroKernel.COLUMNS) {
            for (int i = 0; i < rows; i += MicroKernel.ROWS) {
                int a1 = a0 + i * aRow;
                int to = i * UNIT_COLUMNS + j;
                MicroKernel.rows(a, a1, aRow, b, j * depth, depth, sums, to, UNIT_COLUMNS);
            }
        }
    }
}
