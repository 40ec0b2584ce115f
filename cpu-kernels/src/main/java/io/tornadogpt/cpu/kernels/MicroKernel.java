package io.tornadogpt.cpu.kernels;

import jdk.incubator.vector.FloatVector;

/// The innermost loops of matrix products: a tile of 6 rows by 2 vectors of `c += a . b`, kept in
/// 12 vector registers while it sums over k.
///
/// Twelve accumulators hide the latency of two multiply-adds a cycle; with two vectors of b and a
/// broadcast or two of a they just fill the 16 registers of AVX2. All operands are `float[]`, where
/// these loops run faster than over off-heap memory: callers copy into arrays first, which also
/// makes every load contiguous. Tiles are always computed whole; arrays must have room for that.
///
/// The loops are sensitive to their form. What was found with C2 of JDK 25 (AMD Zen 3, 256 bits):
/// [#strip] must not know that the distance between rows is 1, or C2 loads broadcasts early, runs
/// out of registers and halves the speed by spilling an accumulator; and each method must stay too
/// large to be inlined, so that it is compiled on its own. The loop over k is one of two, because
/// C2 halves the speed of a single one where it does not cut it itself, which it does under G1 but
/// not under the serial and the parallel collector. A flag that chooses between `=` and `+=` boxes
/// every accumulator and costs three quarters of the speed, so callers clear `c` first.
final class MicroKernel {
    /// Rows of a tile.
    static final int ROWS = 6;

    /// Columns of a tile.
    static final int COLUMNS = 2 * Lanes.COUNT;

    /// The smallest number of both whole row tiles and whole column tiles.
    static final int BLOCK = 3 * COLUMNS;

    /// How many k the inner of the two loops goes through.
    private static final int STRETCH = 256;

    private MicroKernel() {}

    /// A tile whose `a` has rows: element (i, k) is `a[a0 + i * aRow + k]`.
    ///
    /// @param b panel: element (k, j) is `b[b0 + k * COLUMNS + j]`
    /// @param depth number of k
    /// @param c element (i, j) is `c[c0 + i * cRow + j]`
    static void rows(
            float[] a,
            int a0,
            int aRow,
            float[] b,
            int b0,
            int depth,
            float[] c,
            int c0,
            int cRow) {
        int a1 = a0 + aRow;
        int a2 = a1 + aRow;
        int a3 = a2 + aRow;
        int a4 = a3 + aRow;
        int a5 = a4 + aRow;
        FloatVector c00 = Lanes.zero();
        FloatVector c01 = c00;
        FloatVector c10 = c00;
        FloatVector c11 = c00;
        FloatVector c20 = c00;
        FloatVector c21 = c00;
        FloatVector c30 = c00;
        FloatVector c31 = c00;
        FloatVector c40 = c00;
        FloatVector c41 = c00;
        FloatVector c50 = c00;
        FloatVector c51 = c00;
        for (int from = 0; from < depth; from += STRETCH) {
            int to = Math.min(depth, from + STRETCH);
            for (int k = from; k < to; k++) {
                FloatVector left = Lanes.load(b, b0 + k * COLUMNS);
                FloatVector right = Lanes.load(b, b0 + k * COLUMNS + Lanes.COUNT);
                FloatVector factor = Lanes.broadcast(a[a0 + k]);
                c00 = factor.fma(left, c00);
                c01 = factor.fma(right, c01);
                factor = Lanes.broadcast(a[a1 + k]);
                c10 = factor.fma(left, c10);
                c11 = factor.fma(right, c11);
                factor = Lanes.broadcast(a[a2 + k]);
                c20 = factor.fma(left, c20);
                c21 = factor.fma(right, c21);
                factor = Lanes.broadcast(a[a3 + k]);
                c30 = factor.fma(left, c30);
                c31 = factor.fma(right, c31);
                factor = Lanes.broadcast(a[a4 + k]);
                c40 = factor.fma(left, c40);
                c41 = factor.fma(right, c41);
                factor = Lanes.broadcast(a[a5 + k]);
                c50 = factor.fma(left, c50);
                c51 = factor.fma(right, c51);
            }
        }
        add(c00, c01, c, c0);
        add(c10, c11, c, c0 + cRow);
        add(c20, c21, c, c0 + 2 * cRow);
        add(c30, c31, c, c0 + 3 * cRow);
        add(c40, c41, c, c0 + 4 * cRow);
        add(c50, c51, c, c0 + 5 * cRow);
    }

    /// A tile whose `a` is a strip of columns: element (i, k) is `a[a0 + i * aRow + k * ROWS]`.
    /// Everything else is as in [#rows].
    ///
    /// @param aRow 1; see the class comment why it is a parameter
    static void strip(
            float[] a,
            int a0,
            int aRow,
            float[] b,
            int b0,
            int depth,
            float[] c,
            int c0,
            int cRow) {
        int a1 = a0 + aRow;
        int a2 = a1 + aRow;
        int a3 = a2 + aRow;
        int a4 = a3 + aRow;
        int a5 = a4 + aRow;
        FloatVector c00 = Lanes.zero();
        FloatVector c01 = c00;
        FloatVector c10 = c00;
        FloatVector c11 = c00;
        FloatVector c20 = c00;
        FloatVector c21 = c00;
        FloatVector c30 = c00;
        FloatVector c31 = c00;
        FloatVector c40 = c00;
        FloatVector c41 = c00;
        FloatVector c50 = c00;
        FloatVector c51 = c00;
        for (int from = 0; from < depth; from += STRETCH) {
            int to = Math.min(depth, from + STRETCH);
            for (int k = from; k < to; k++) {
                FloatVector left = Lanes.load(b, b0 + k * COLUMNS);
                FloatVector right = Lanes.load(b, b0 + k * COLUMNS + Lanes.COUNT);
                FloatVector factor = Lanes.broadcast(a[a0 + k * ROWS]);
                c00 = factor.fma(left, c00);
                c01 = factor.fma(right, c01);
                factor = Lanes.broadcast(a[a1 + k * ROWS]);
                c10 = factor.fma(left, c10);
                c11 = factor.fma(right, c11);
                factor = Lanes.broadcast(a[a2 + k * ROWS]);
                c20 = factor.fma(left, c20);
                c21 = factor.fma(right, c21);
                factor = Lanes.broadcast(a[a3 + k * ROWS]);
                c30 = factor.fma(left, c30);
                c31 = factor.fma(right, c31);
                factor = Lanes.broadcast(a[a4 + k * ROWS]);
                c40 = factor.fma(left, c40);
                c41 = factor.fma(right, c41);
                factor = Lanes.broadcast(a[a5 + k * ROWS]);
                c50 = factor.fma(left, c50);
                c51 = factor.fma(right, c51);
            }
        }
        add(c00, c01, c, c0);
        add(c10, c11, c, c0 + cRow);
        add(c20, c21, c, c0 + 2 * cRow);
        add(c30, c31, c, c0 + 3 * cRow);
        add(c40, c41, c, c0 + 4 * cRow);
        add(c50, c51, c, c0 + 5 * cRow);
    }

    private static void add(FloatVector left, FloatVector right, float[] c, int index) {
        left.add(Lanes.load(c, index)).intoArray(c, index);
        right.add(Lanes.load(c, index + Lanes.COUNT)).intoArray(c, index + Lanes.COUNT);
    }
}
