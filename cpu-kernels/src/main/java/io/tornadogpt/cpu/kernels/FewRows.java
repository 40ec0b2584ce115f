package io.tornadogpt.cpu.kernels;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Products of a few rows, as in reading a short prompt: `out[M,N] (+)= a[M,K] . b[K,N]`.
///
/// [Gemm] packs `b` into memory that all threads share, which pays where several blocks of rows
/// read it. Here there is one such block, and memory is what takes the time: each thread packs a
/// piece that stays in its L2 cache and is done with it at once.
final class FewRows {
    private static final int MAX_ROWS = 4 * MicroKernel.ROWS;

    /// Columns of the product in a unit, whole panels at every width of vectors.
    private static final int UNIT_COLUMNS = 128;

    /// Longest part of K: with UNIT_COLUMNS, a piece of `b` takes 128 KB.
    private static final int MAX_DEPTH = 256;

    /// Rows of `b` that are packed at a time: few enough for the lines of the L1 cache.
    private static final int PACKED_ROWS = 16;

    private static final int PACKED_A = 0;
    private static final int PACKED_B = 1;
    private static final int SUMS = 2;

    private FewRows() {}

    /// Whether this is the way to multiply `m` rows.
    static boolean serves(int m, Gemm.Operand a, Gemm.Operand b) {
        return m <= MAX_ROWS && !a.transposed() && !b.transposed();
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
        int rows = Packing.roundUp(m, MicroKernel.ROWS);
        int depth = Math.ceilDiv(k, Math.ceilDiv(k, MAX_DEPTH));
        workers.run(
                Math.ceilDiv(n, UNIT_COLUMNS),
                (unit, scratch) -> {
                    int column = unit * UNIT_COLUMNS;
                    int columns = Math.min(UNIT_COLUMNS, n - column);
                    float[] packedA = scratch.floats(PACKED_A, rows * depth);
                    float[] packedB = scratch.floats(PACKED_B, depth * UNIT_COLUMNS);
                    float[] sums = scratch.floats(SUMS, rows * UNIT_COLUMNS);
                    Arrays.fill(sums, 0, rows * UNIT_COLUMNS, 0);
                    for (int from = 0; from < k; from += depth) {
                        int part = Math.min(depth, k - from);
                        Packing.rows(a, 4L * from, 4L * k, m, part, packedA, 0);
                        pack(b, from, part, n, column, columns, packedB);
                        multiply(packedA, rows, packedB, columns, part, sums);
                    }
                    for (int i = 0; i < m; i++) {
                        long offset = 4L * i * n + 4L * column;
                        epilogue.store(sums, i * UNIT_COLUMNS, columns, out, offset, column);
                    }
                });
    }

    private static void pack(
            Gemm.Operand b, int from, int depth, int n, int column, int columns, float[] packed) {
        for (int row = 0; row < depth; row += PACKED_ROWS) {
            int rows = Math.min(PACKED_ROWS, depth - row);
            for (int j = 0; j < columns; j += MicroKernel.COLUMNS) {
                int width = Math.min(MicroKernel.COLUMNS, columns - j);
                long at = (long) (from + row) * n + column + j;
                int start = j * depth + row * MicroKernel.COLUMNS;
                if (b.halves()) {
                    Halves.panel(b.data(), 2 * at, 2L * n, rows, width, packed, start);
                } else {
                    Packing.panel(b.data(), 4 * at, 4L * n, rows, width, 1, packed, start);
                }
            }
        }
    }

    private static void multiply(
            float[] a, int rows, float[] b, int columns, int depth, float[] sums) {
        for (int j = 0; j < columns; j += MicroKernel.COLUMNS) {
            for (int i = 0; i < rows; i += MicroKernel.ROWS) {
                int to = i * UNIT_COLUMNS + j;
                MicroKernel.rows(a, i * depth, depth, b, j * depth, depth, sums, to, UNIT_COLUMNS);
            }
        }
    }
}
