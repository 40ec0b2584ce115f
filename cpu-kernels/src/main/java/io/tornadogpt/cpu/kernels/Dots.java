package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.tensor.DType;

import jdk.incubator.vector.FloatVector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Products of one to four rows by a right matrix that lies `[N, K]`, as in decoding: `out[M,N]
/// (+)= a[M,K] . b[N,K]^T`. Every element is the dot product of two rows, and `b` is read in place,
/// as fast as memory delivers it.
///
/// A thread reads [#RUNS] parts of `b` side by side, each from its beginning to its end: a
/// processor fetches ahead in each of them, and has more of memory under way than it has in one. A
/// dot product is summed in the lanes of a vector, and the lanes of many vectors are added up at
/// once.
///
/// C2 cannot see that the step of the inner loops is constant, which is why it is a parameter: C2
/// then takes them for no counted loops. Before a counted loop it computes for each address how far
/// it may go unchecked, and for rows of 128 floats that takes longer than the loop.
final class Dots {
    private static final int MAX_ROWS = 4;

    /// How many rows of `b` are read side by side.
    static final int RUNS = 4;

    /// Columns of the product in a unit.
    private static final int UNIT_COLUMNS = 32 * RUNS;

    private static final int LEFT = 0;
    private static final int SUMS = 1;
    private static final int LANES = 2;

    private static final int COUNT = Lanes.COUNT;

    private Dots() {}

    /// Whether this is the way to multiply `m` rows.
    static boolean serves(int m, Operand a, Operand b) {
        return m <= MAX_ROWS && !a.transposed() && b.transposed();
    }

    static void multiply(
            Workers workers,
            MemorySegment a,
            Operand b,
            MemorySegment out,
            int m,
            int n,
            int k,
            Epilogue epilogue) {
        float[] left = workers.shared(LEFT, m * k);
        Packing.rows(a, 0, 4L * k, m, k, left, 0);
        workers.run(
                Math.ceilDiv(n, UNIT_COLUMNS),
                (unit, scratch) -> {
                    int column = unit * UNIT_COLUMNS;
                    int columns = Math.min(UNIT_COLUMNS, n - column);
                    int width = Packing.roundUp(columns, COUNT);
                    float[] sums = scratch.floats(SUMS, 2 * UNIT_COLUMNS);
                    float[] lanes = scratch.floats(LANES, 2 * LaneSums.floats(UNIT_COLUMNS));
                    for (int row = 0; row < m; row += 2) {
                        int rows = Math.min(2, m - row);
                        dots(left, row * k, rows, k, b, column, columns, lanes, sums);
                        for (int i = 0; i < rows; i++) {
                            long offset = 4L * (row + i) * n + 4L * column;
                            epilogue.store(sums, i * width, columns, out, offset, column);
                        }
                    }
                });
    }

    /// As below, for `columns` rows of `b` from row `column` on.
    private static void dots(
            float[] left,
            int start,
            int rows,
            int k,
            Operand b,
            int column,
            int columns,
            float[] lanes,
            float[] sums) {
        long first = b.type().bytes((long) column * k);
        dots(b.type(), left, start, rows, k, b.data(), first, columns, lanes, sums);
    }

    /// As below, for a matrix of any type.
    static void dots(
            DType type,
            float[] left,
            int start,
            int rows,
            int k,
            MemorySegment b,
            long offset,
            int columns,
            float[] lanes,
            float[] sums) {
        switch (type) {
            case BF16 -> Halves.dots(left, start, rows, k, b, offset, columns, lanes, sums);
            case Q8_0, Q4_0 ->
                    Blocks.dots(type, left, start, rows, k, b, offset, columns, lanes, sums);
            default -> dots(left, start, rows, k, b, offset, columns, lanes, sums);
        }
    }

    /// `sums[i * width + j] = row i of left . row j of b`, `width` being `columns`, rounded up to
    /// whole vectors.
    ///
    /// @param left one or two rows of `k` floats, from `start` on
    /// @param b `[columns, k]` from byte `offset` on
    /// @param lanes room to work, [LaneSums#floats] of `columns` for each row
    static void dots(
            float[] left,
            int start,
            int rows,
            int k,
            MemorySegment b,
            long offset,
            int columns,
            float[] lanes,
            float[] sums) {
        int run = columns / RUNS;
        int whole = Lanes.FLOATS.loopBound(k);
        long row = 4L * k;
        int step = run * COUNT;
        int width = Packing.roundUp(columns, COUNT);
        int second = width * COUNT;
        for (int j = 0; j < run; j++) {
            long at = offset + j * row;
            if (rows == 1) {
                four(left, start, whole, COUNT, b, at, run * row, lanes, j * COUNT, step);
            } else {
                eight(
                        left, start, k, whole, COUNT, b, at, run * row, lanes, j * COUNT, step,
                        second);
            }
        }
        for (int j = run * RUNS; j < columns; j++) {
            for (int i = 0; i < rows; i++) {
                int to = (i * width + j) * COUNT;
                one(left, start + i * k, whole, b, offset + j * row, lanes, to);
            }
        }
        LaneSums.of(lanes, rows * width, sums);
        for (int i = 0; whole < k && i < rows; i++) {
            rest(left, start + i * k, whole, k, b, offset, columns, sums, i * width);
        }
    }

    /// The lanes of one row by four, `stride` bytes apart.
    ///
    /// @param k whole vectors
    /// @param count [Lanes#COUNT]; see the class comment why it is a parameter
    /// @param lanes vectors, from `to` on, `step` apart
    private static void four(
            float[] left,
            int start,
            int k,
            int count,
            MemorySegment b,
            long offset,
            long stride,
            float[] lanes,
            int to,
            int step) {
        FloatVector s0 = Lanes.zero();
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        for (int i = 0; i < k; i += count) {
            long at = offset + 4L * i;
            FloatVector factors = Lanes.load(left, start + i);
            s0 = Lanes.load(b, at).fma(factors, s0);
            s1 = Lanes.load(b, at + stride).fma(factors, s1);
            s2 = Lanes.load(b, at + 2 * stride).fma(factors, s2);
            s3 = Lanes.load(b, at + 3 * stride).fma(factors, s3);
        }
        s0.intoArray(lanes, to);
        s1.intoArray(lanes, to + step);
        s2.intoArray(lanes, to + 2 * step);
        s3.intoArray(lanes, to + 3 * step);
    }

    /// The lanes of two rows by four: [#four], and the same of the row `apart` floats behind it,
    /// `second` floats behind in `lanes`.
    private static void eight(
            float[] left,
            int start,
            int apart,
            int k,
            int count,
            MemorySegment b,
            long offset,
            long stride,
            float[] lanes,
            int to,
            int step,
            int second) {
        FloatVector s0 = Lanes.zero();
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        FloatVector t0 = s0;
        FloatVector t1 = s0;
        FloatVector t2 = s0;
        FloatVector t3 = s0;
        for (int i = 0; i < k; i += count) {
            long at = offset + 4L * i;
            FloatVector f = Lanes.load(left, start + i);
            FloatVector g = Lanes.load(left, start + apart + i);
            FloatVector row = Lanes.load(b, at);
            s0 = row.fma(f, s0);
            t0 = row.fma(g, t0);
            row = Lanes.load(b, at + stride);
            s1 = row.fma(f, s1);
            t1 = row.fma(g, t1);
            row = Lanes.load(b, at + 2 * stride);
            s2 = row.fma(f, s2);
            t2 = row.fma(g, t2);
            row = Lanes.load(b, at + 3 * stride);
            s3 = row.fma(f, s3);
            t3 = row.fma(g, t3);
        }
        s0.intoArray(lanes, to);
        s1.intoArray(lanes, to + step);
        s2.intoArray(lanes, to + 2 * step);
        s3.intoArray(lanes, to + 3 * step);
        t0.intoArray(lanes, to + second);
        t1.intoArray(lanes, to + second + step);
        t2.intoArray(lanes, to + second + 2 * step);
        t3.intoArray(lanes, to + second + 3 * step);
    }

    private static void one(
            float[] left, int start, int k, MemorySegment b, long offset, float[] lanes, int to) {
        FloatVector sum = Lanes.zero();
        for (int i = 0; i < k; i += COUNT) {
            sum = Lanes.load(b, offset + 4L * i).fma(Lanes.load(left, start + i), sum);
        }
        sum.intoArray(lanes, to);
    }

    /// Adds what is beyond the last whole vector.
    private static void rest(
            float[] left,
            int start,
            int from,
            int k,
            MemorySegment b,
            long offset,
            int columns,
            float[] sums,
            int to) {
        for (int j = 0; j < columns; j++) {
            float sum = sums[to + j];
            for (int i = from; i < k; i++) {
                float value = b.get(ValueLayout.JAVA_FLOAT, offset + 4L * ((long) j * k + i));
                sum = Math.fma(left[start + i], value, sum);
            }
            sums[to + j] = sum;
        }
    }
}
