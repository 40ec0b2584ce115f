package io.tornadogpt.cpu.kernels;

import jdk.incubator.vector.FloatVector;

/// The innermost loops of matrix products: a tile of 6 or 12 rows by 2 vectors of `c += a . b`,
/// kept in vector registers while it sums over k.
///
/// Twelve accumulators hide the latency of two multiply-adds a cycle; with two vectors of b and a
/// broadcast or two of a they just fill the 16 registers of AVX2. AVX-512 has 32, and with twice
/// the rows each vector of b is used twice as often. All operands are `float[]`, where these loops
/// run faster than over off-heap memory: callers copy into arrays first, which also makes every
/// load contiguous. Tiles are always computed whole; arrays must have room for that.
///
/// The loops are sensitive to their form. What was found with C2 of JDK 25 (AMD Zen 3, 256 bits):
/// [#strip] must not know that the distance between rows is 1, or C2 loads broadcasts early, runs
/// out of registers and halves the speed by spilling an accumulator; and each method must stay too
/// large to be inlined, so that it is compiled on its own. The loop over k is one of two, because
/// C2 halves the speed of a single one where it does not cut it itself, which it does under G1 but
/// not under the serial and the parallel collector. A flag that chooses between `=` and `+=` boxes
/// every accumulator and costs three quarters of the speed, so callers clear `c` first. With 12
/// rows one loop does as well as two for both layouts of `a`, where 6 rows lose an eighth by it;
/// but its operations are written out, because C2 inlines no helpers of ours into a method that
/// long.
final class MicroKernel {
    /// Rows of a tile: 24 accumulators where vectors of 512 bits bring 32 registers, else 12.
    static final int ROWS = Lanes.COUNT == 16 ? 12 : 6;

    /// Columns of a tile.
    static final int COLUMNS = 2 * Lanes.COUNT;

    /// The smallest number of both whole row tiles and whole column tiles.
    static final int BLOCK = 3 * COLUMNS;

    /// Floats from one k to the next in a strip of ROWS columns: room for a whole vector.
    static final int STRIP = Math.max(ROWS, Lanes.COUNT);

    /// Rows of a tile of one vector's columns.
    static final int SLIM_ROWS = 12;

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
        if (ROWS == 12) {
            tall(a, a0, aRow, 1, b, b0, depth, c, c0, cRow);
            return;
        }
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
        Lanes.add(c00, c01, c, c0);
        Lanes.add(c10, c11, c, c0 + cRow);
        Lanes.add(c20, c21, c, c0 + 2 * cRow);
        Lanes.add(c30, c31, c, c0 + 3 * cRow);
        Lanes.add(c40, c41, c, c0 + 4 * cRow);
        Lanes.add(c50, c51, c, c0 + 5 * cRow);
    }

    /// A tile whose `a` is a strip of columns: element (i, k) is `a[a0 + i * aRow + k * STRIP]`.
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
        if (ROWS == 12) {
            tall(a, a0, aRow, STRIP, b, b0, depth, c, c0, cRow);
            return;
        }
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
                FloatVector factor = Lanes.broadcast(a[a0 + k * STRIP]);
                c00 = factor.fma(left, c00);
                c01 = factor.fma(right, c01);
                factor = Lanes.broadcast(a[a1 + k * STRIP]);
                c10 = factor.fma(left, c10);
                c11 = factor.fma(right, c11);
                factor = Lanes.broadcast(a[a2 + k * STRIP]);
                c20 = factor.fma(left, c20);
                c21 = factor.fma(right, c21);
                factor = Lanes.broadcast(a[a3 + k * STRIP]);
                c30 = factor.fma(left, c30);
                c31 = factor.fma(right, c31);
                factor = Lanes.broadcast(a[a4 + k * STRIP]);
                c40 = factor.fma(left, c40);
                c41 = factor.fma(right, c41);
                factor = Lanes.broadcast(a[a5 + k * STRIP]);
                c50 = factor.fma(left, c50);
                c51 = factor.fma(right, c51);
            }
        }
        Lanes.add(c00, c01, c, c0);
        Lanes.add(c10, c11, c, c0 + cRow);
        Lanes.add(c20, c21, c, c0 + 2 * cRow);
        Lanes.add(c30, c31, c, c0 + 3 * cRow);
        Lanes.add(c40, c41, c, c0 + 4 * cRow);
        Lanes.add(c50, c51, c, c0 + 5 * cRow);
    }

    /// A tile of [#SLIM_ROWS] rows and the first vector of a panel's columns. Everything else is as
    /// in [#rows].
    static void slim(
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
        int a6 = a5 + aRow;
        int a7 = a6 + aRow;
        int a8 = a7 + aRow;
        int a9 = a8 + aRow;
        int a10 = a9 + aRow;
        int a11 = a10 + aRow;
        FloatVector s0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        FloatVector s4 = s0;
        FloatVector s5 = s0;
        FloatVector s6 = s0;
        FloatVector s7 = s0;
        FloatVector s8 = s0;
        FloatVector s9 = s0;
        FloatVector sa = s0;
        FloatVector sb = s0;
        for (int from = 0; from < depth; from += STRETCH) {
            int to = Math.min(depth, from + STRETCH);
            for (int k = from; k < to; k++) {
                FloatVector column = FloatVector.fromArray(Lanes.FLOATS, b, b0 + k * COLUMNS);
                s0 = FloatVector.broadcast(Lanes.FLOATS, a[a0 + k]).fma(column, s0);
                s1 = FloatVector.broadcast(Lanes.FLOATS, a[a1 + k]).fma(column, s1);
                s2 = FloatVector.broadcast(Lanes.FLOATS, a[a2 + k]).fma(column, s2);
                s3 = FloatVector.broadcast(Lanes.FLOATS, a[a3 + k]).fma(column, s3);
                s4 = FloatVector.broadcast(Lanes.FLOATS, a[a4 + k]).fma(column, s4);
                s5 = FloatVector.broadcast(Lanes.FLOATS, a[a5 + k]).fma(column, s5);
                s6 = FloatVector.broadcast(Lanes.FLOATS, a[a6 + k]).fma(column, s6);
                s7 = FloatVector.broadcast(Lanes.FLOATS, a[a7 + k]).fma(column, s7);
                s8 = FloatVector.broadcast(Lanes.FLOATS, a[a8 + k]).fma(column, s8);
                s9 = FloatVector.broadcast(Lanes.FLOATS, a[a9 + k]).fma(column, s9);
                sa = FloatVector.broadcast(Lanes.FLOATS, a[a10 + k]).fma(column, sa);
                sb = FloatVector.broadcast(Lanes.FLOATS, a[a11 + k]).fma(column, sb);
            }
        }
        s0.add(FloatVector.fromArray(Lanes.FLOATS, c, c0)).intoArray(c, c0);
        s1.add(FloatVector.fromArray(Lanes.FLOATS, c, c0 + cRow)).intoArray(c, c0 + cRow);
        s2.add(FloatVector.fromArray(Lanes.FLOATS, c, c0 + 2 * cRow)).intoArray(c, c0 + 2 * cRow);
        s3.add(FloatVector.fromArray(Lanes.FLOATS, c, c0 + 3 * cRow)).intoArray(c, c0 + 3 * cRow);
        s4.add(FloatVector.fromArray(Lanes.FLOATS, c, c0 + 4 * cRow)).intoArray(c, c0 + 4 * cRow);
        s5.add(FloatVector.fromArray(Lanes.FLOATS, c, c0 + 5 * cRow)).intoArray(c, c0 + 5 * cRow);
        s6.add(FloatVector.fromArray(Lanes.FLOATS, c, c0 + 6 * cRow)).intoArray(c, c0 + 6 * cRow);
        s7.add(FloatVector.fromArray(Lanes.FLOATS, c, c0 + 7 * cRow)).intoArray(c, c0 + 7 * cRow);
        s8.add(FloatVector.fromArray(Lanes.FLOATS, c, c0 + 8 * cRow)).intoArray(c, c0 + 8 * cRow);
        s9.add(FloatVector.fromArray(Lanes.FLOATS, c, c0 + 9 * cRow)).intoArray(c, c0 + 9 * cRow);
        sa.add(FloatVector.fromArray(Lanes.FLOATS, c, c0 + 10 * cRow)).intoArray(c, c0 + 10 * cRow);
        sb.add(FloatVector.fromArray(Lanes.FLOATS, c, c0 + 11 * cRow)).intoArray(c, c0 + 11 * cRow);
    }

    /// A tile of 12 rows in either layout of `a`: element (i, k) is `a[a0 + i * aRow + k * aStep]`.
    private static void tall(
            float[] a,
            int a0,
            int aRow,
            int aStep,
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
        int a6 = a5 + aRow;
        int a7 = a6 + aRow;
        int a8 = a7 + aRow;
        int a9 = a8 + aRow;
        int a10 = a9 + aRow;
        int a11 = a10 + aRow;
        FloatVector c00 = FloatVector.zero(Lanes.FLOATS);
        FloatVector c01 = FloatVector.zero(Lanes.FLOATS);
        FloatVector c10 = FloatVector.zero(Lanes.FLOATS);
        FloatVector c11 = FloatVector.zero(Lanes.FLOATS);
        FloatVector c20 = FloatVector.zero(Lanes.FLOATS);
        FloatVector c21 = FloatVector.zero(Lanes.FLOATS);
        FloatVector c30 = FloatVector.zero(Lanes.FLOATS);
        FloatVector c31 = FloatVector.zero(Lanes.FLOATS);
        FloatVector c40 = FloatVector.zero(Lanes.FLOATS);
        FloatVector c41 = FloatVector.zero(Lanes.FLOATS);
        FloatVector c50 = FloatVector.zero(Lanes.FLOATS);
        FloatVector c51 = FloatVector.zero(Lanes.FLOATS);
        FloatVector c60 = FloatVector.zero(Lanes.FLOATS);
        FloatVector c61 = FloatVector.zero(Lanes.FLOATS);
        FloatVector c70 = FloatVector.zero(Lanes.FLOATS);
        FloatVector c71 = FloatVector.zero(Lanes.FLOATS);
        FloatVector c80 = FloatVector.zero(Lanes.FLOATS);
        FloatVector c81 = FloatVector.zero(Lanes.FLOATS);
        FloatVector c90 = FloatVector.zero(Lanes.FLOATS);
        FloatVector c91 = FloatVector.zero(Lanes.FLOATS);
        FloatVector ca0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector ca1 = FloatVector.zero(Lanes.FLOATS);
        FloatVector cb0 = FloatVector.zero(Lanes.FLOATS);
        FloatVector cb1 = FloatVector.zero(Lanes.FLOATS);
        for (int from = 0; from < depth; from += STRETCH) {
            int to = Math.min(depth, from + STRETCH);
            for (int k = from; k < to; k++) {
                int at = k * aStep;
                FloatVector left = FloatVector.fromArray(Lanes.FLOATS, b, b0 + k * COLUMNS);
                FloatVector right =
                        FloatVector.fromArray(Lanes.FLOATS, b, b0 + k * COLUMNS + Lanes.COUNT);
                FloatVector factor = FloatVector.broadcast(Lanes.FLOATS, a[a0 + at]);
                c00 = factor.fma(left, c00);
                c01 = factor.fma(right, c01);
                factor = FloatVector.broadcast(Lanes.FLOATS, a[a1 + at]);
                c10 = factor.fma(left, c10);
                c11 = factor.fma(right, c11);
                factor = FloatVector.broadcast(Lanes.FLOATS, a[a2 + at]);
                c20 = factor.fma(left, c20);
                c21 = factor.fma(right, c21);
                factor = FloatVector.broadcast(Lanes.FLOATS, a[a3 + at]);
                c30 = factor.fma(left, c30);
                c31 = factor.fma(right, c31);
                factor = FloatVector.broadcast(Lanes.FLOATS, a[a4 + at]);
                c40 = factor.fma(left, c40);
                c41 = factor.fma(right, c41);
                factor = FloatVector.broadcast(Lanes.FLOATS, a[a5 + at]);
                c50 = factor.fma(left, c50);
                c51 = factor.fma(right, c51);
                factor = FloatVector.broadcast(Lanes.FLOATS, a[a6 + at]);
                c60 = factor.fma(left, c60);
                c61 = factor.fma(right, c61);
                factor = FloatVector.broadcast(Lanes.FLOATS, a[a7 + at]);
                c70 = factor.fma(left, c70);
                c71 = factor.fma(right, c71);
                factor = FloatVector.broadcast(Lanes.FLOATS, a[a8 + at]);
                c80 = factor.fma(left, c80);
                c81 = factor.fma(right, c81);
                factor = FloatVector.broadcast(Lanes.FLOATS, a[a9 + at]);
                c90 = factor.fma(left, c90);
                c91 = factor.fma(right, c91);
                factor = FloatVector.broadcast(Lanes.FLOATS, a[a10 + at]);
                ca0 = factor.fma(left, ca0);
                ca1 = factor.fma(right, ca1);
                factor = FloatVector.broadcast(Lanes.FLOATS, a[a11 + at]);
                cb0 = factor.fma(left, cb0);
                cb1 = factor.fma(right, cb1);
            }
        }
        int right0 = c0 + Lanes.COUNT;
        c00.add(FloatVector.fromArray(Lanes.FLOATS, c, c0)).intoArray(c, c0);
        c01.add(FloatVector.fromArray(Lanes.FLOATS, c, right0)).intoArray(c, right0);
        c10.add(FloatVector.fromArray(Lanes.FLOATS, c, c0 + cRow)).intoArray(c, c0 + cRow);
        c11.add(FloatVector.fromArray(Lanes.FLOATS, c, right0 + cRow)).intoArray(c, right0 + cRow);
        c20.add(FloatVector.fromArray(Lanes.FLOATS, c, c0 + 2 * cRow)).intoArray(c, c0 + 2 * cRow);
        c21.add(FloatVector.fromArray(Lanes.FLOATS, c, right0 + 2 * cRow))
                .intoArray(c, right0 + 2 * cRow);
        c30.add(FloatVector.fromArray(Lanes.FLOATS, c, c0 + 3 * cRow)).intoArray(c, c0 + 3 * cRow);
        c31.add(FloatVector.fromArray(Lanes.FLOATS, c, right0 + 3 * cRow))
                .intoArray(c, right0 + 3 * cRow);
        c40.add(FloatVector.fromArray(Lanes.FLOATS, c, c0 + 4 * cRow)).intoArray(c, c0 + 4 * cRow);
        c41.add(FloatVector.fromArray(Lanes.FLOATS, c, right0 + 4 * cRow))
                .intoArray(c, right0 + 4 * cRow);
        c50.add(FloatVector.fromArray(Lanes.FLOATS, c, c0 + 5 * cRow)).intoArray(c, c0 + 5 * cRow);
        c51.add(FloatVector.fromArray(Lanes.FLOATS, c, right0 + 5 * cRow))
                .intoArray(c, right0 + 5 * cRow);
        c60.add(FloatVector.fromArray(Lanes.FLOATS, c, c0 + 6 * cRow)).intoArray(c, c0 + 6 * cRow);
        c61.add(FloatVector.fromArray(Lanes.FLOATS, c, right0 + 6 * cRow))
                .intoArray(c, right0 + 6 * cRow);
        c70.add(FloatVector.fromArray(Lanes.FLOATS, c, c0 + 7 * cRow)).intoArray(c, c0 + 7 * cRow);
        c71.add(FloatVector.fromArray(Lanes.FLOATS, c, right0 + 7 * cRow))
                .intoArray(c, right0 + 7 * cRow);
        c80.add(FloatVector.fromArray(Lanes.FLOATS, c, c0 + 8 * cRow)).intoArray(c, c0 + 8 * cRow);
        c81.add(FloatVector.fromArray(Lanes.FLOATS, c, right0 + 8 * cRow))
                .intoArray(c, right0 + 8 * cRow);
        c90.add(FloatVector.fromArray(Lanes.FLOATS, c, c0 + 9 * cRow)).intoArray(c, c0 + 9 * cRow);
        c91.add(FloatVector.fromArray(Lanes.FLOATS, c, right0 + 9 * cRow))
                .intoArray(c, right0 + 9 * cRow);
        ca0.add(FloatVector.fromArray(Lanes.FLOATS, c, c0 + 10 * cRow))
                .intoArray(c, c0 + 10 * cRow);
        ca1.add(FloatVector.fromArray(Lanes.FLOATS, c, right0 + 10 * cRow))
                .intoArray(c, right0 + 10 * cRow);
        cb0.add(FloatVector.fromArray(Lanes.FLOATS, c, c0 + 11 * cRow))
                .intoArray(c, c0 + 11 * cRow);
        cb1.add(FloatVector.fromArray(Lanes.FLOATS, c, right0 + 11 * cRow))
                .intoArray(c, right0 + 11 * cRow);
    }
}
