package io.tornadogpt.cpu.kernels;

import jdk.incubator.vector.FloatVector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Products of one to four rows, as in decoding: `out[M,N] (+)= a[M,K] . op(b)[K,N]`. Every element
/// of `b` is read once, in place, so they run as fast as memory delivers it.
final class MatVec {
    private static final int MAX_ROWS = 4;

    /// Rows of `b` in a unit where it is `[K, N]`: whole rows follow each other in memory, which is
    /// read fastest so.
    private static final int UNIT_ROWS = 96;

    /// Most columns that are summed at a time: their sums stay in the L1 cache.
    private static final int MAX_COLUMNS = 4096;

    /// Columns of the product in a unit where `b` is `[N, K]`.
    private static final int UNIT_COLUMNS = 32;

    private static final int LEFT = 0;
    private static final int PARTS = 1;
    private static final int SUMS = 1;

    private MatVec() {}

    /// Whether this is the way to multiply `m` rows.
    static boolean serves(int m, Gemm.Operand a) {
        return m <= MAX_ROWS && !a.transposed();
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
        float[] left = workers.shared(LEFT, m * k);
        Packing.rows(a, 0, 4L * k, m, k, left, 0);
        if (b.transposed()) {
            multiplyByColumns(workers, left, b, out, m, n, k, epilogue);
        } else {
            multiplyByRows(workers, left, b, out, m, n, k, epilogue);
        }
    }

    private static void multiplyByColumns(
            Workers workers,
            float[] left,
            Gemm.Operand b,
            MemorySegment out,
            int m,
            int n,
            int k,
            Epilogue epilogue) {
        workers.run(
                Math.ceilDiv(n, UNIT_COLUMNS),
                (unit, scratch) -> {
                    int column = unit * UNIT_COLUMNS;
                    int columns = Math.min(UNIT_COLUMNS, n - column);
                    float[] sums = scratch.floats(SUMS, Packing.roundUp(columns, Lanes.COUNT));
                    for (int row = 0; row < m; row++) {
                        dots(left, row * k, k, b, column, columns, sums);
                        long offset = 4L * row * n + 4L * column;
                        epilogue.store(sums, 0, columns, out, offset, column);
                    }
                });
    }

    /// Each unit sums over some rows of `b`; then their sums are added up.
    private static void multiplyByRows(
            Workers workers,
            float[] left,
            Gemm.Operand b,
            MemorySegment out,
            int m,
            int n,
            int k,
            Epilogue epilogue) {
        int width = Packing.roundUp(n, Lanes.COUNT);
        int units = Math.ceilDiv(k, UNIT_ROWS);
        float[] parts = workers.shared(PARTS, Math.multiplyExact(units * m, width));
        workers.run(
                units,
                (unit, scratch) -> {
                    int from = unit * UNIT_ROWS;
                    int rows = Math.min(UNIT_ROWS, k - from);
                    float[] sums = scratch.floats(SUMS, MAX_COLUMNS);
                    for (int row = 0; row < m; row++) {
                        int part = (unit * m + row) * width;
                        for (int column = 0; column < n; column += MAX_COLUMNS) {
                            int columns = Math.min(MAX_COLUMNS, n - column);
                            long base = 4L * from * n;
                            if (b.halves()) {
                                Halves.combine(
                                        left,
                                        row * k + from,
                                        rows,
                                        b.data(),
                                        base / 2,
                                        n,
                                        column,
                                        columns,
                                        sums);
                            } else {
                                combine(
                                        left,
                                        row * k + from,
                                        rows,
                                        b.data(),
                                        base,
                                        n,
                                        column,
                                        columns,
                                        sums);
                            }
                            System.arraycopy(sums, 0, parts, part + column, columns);
                        }
                    }
                });
        for (int row = 0; row < m; row++) {
            for (int unit = 1; unit < units; unit++) {
                add(parts, (unit * m + row) * width, row * width, width);
            }
            epilogue.store(parts, row * width, n, out, 4L * row * n, 0);
        }
    }

    private static void add(float[] values, int from, int to, int count) {
        for (int i = 0; i < count; i += Lanes.COUNT) {
            Lanes.load(values, to + i).add(Lanes.load(values, from + i)).intoArray(values, to + i);
        }
    }

    /// `sums[j] = left . b[column + j]`, b being `[N, K]`.
    private static void dots(
            float[] left, int start, int k, Gemm.Operand b, int column, int columns, float[] sums) {
        for (int j = 0; j < columns; j++) {
            long row = (long) (column + j) * k;
            sums[j] =
                    b.halves()
                            ? Halves.dot(left, start, k, b.data(), 2 * row)
                            : dot(left, start, k, b.data(), 4 * row);
        }
    }

    /// The dot product of `k` floats of `left` and as many of `b` from byte `offset` on.
    static float dot(float[] left, int start, int k, MemorySegment b, long offset) {
        int step = 4 * Lanes.COUNT;
        FloatVector s0 = Lanes.zero();
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int i = 0;
        for (; i <= k - step; i += step) {
            long at = offset + 4L * i;
            s0 = Lanes.load(b, at).fma(Lanes.load(left, start + i), s0);
            s1 = Lanes.load(b, at + Lanes.BYTES).fma(load(left, start + i, 1), s1);
            s2 = Lanes.load(b, at + 2 * Lanes.BYTES).fma(load(left, start + i, 2), s2);
            s3 = Lanes.load(b, at + 3 * Lanes.BYTES).fma(load(left, start + i, 3), s3);
        }
        for (; i <= k - Lanes.COUNT; i += Lanes.COUNT) {
            s0 = Lanes.load(b, offset + 4L * i).fma(Lanes.load(left, start + i), s0);
        }
        float sum = Lanes.sum(s0.add(s1).add(s2.add(s3)));
        for (; i < k; i++) {
            sum = Math.fma(left[start + i], b.get(ValueLayout.JAVA_FLOAT, offset + 4L * i), sum);
        }
        return sum;
    }

    private static FloatVector load(float[] array, int index, int vectors) {
        return Lanes.load(array, index + vectors * Lanes.COUNT);
    }

    /// `sums = left . b[:, column ..]`, b being `[K, N]` from byte `base` on: rows of b, scaled,
    /// are added up four at a time.
    ///
    /// @param sums has room for whole vectors
    static void combine(
            float[] left,
            int start,
            int k,
            MemorySegment b,
            long base,
            int n,
            int column,
            int columns,
            float[] sums) {
        for (int j = 0; j < columns; j += Lanes.COUNT) {
            Lanes.zero().intoArray(sums, j);
        }
        long stride = 4L * n;
        long first = base + 4L * column;
        int whole = Lanes.FLOATS.loopBound(columns);
        int i = 0;
        for (; i <= k - 4; i += 4) {
            addFourRows(left, start + i, b, first + i * stride, stride, whole, sums);
        }
        for (; i < k; i++) {
            addRow(left[start + i], b, first + i * stride, whole, sums);
        }
        for (int j = whole; j < columns; j++) {
            float sum = 0;
            for (i = 0; i < k; i++) {
                float value = b.get(ValueLayout.JAVA_FLOAT, first + i * stride + 4L * j);
                sum = Math.fma(left[start + i], value, sum);
            }
            sums[j] = sum;
        }
    }

    private static void addFourRows(
            float[] left,
            int index,
            MemorySegment b,
            long offset,
            long stride,
            int columns,
            float[] sums) {
        FloatVector f0 = Lanes.broadcast(left[index]);
        FloatVector f1 = Lanes.broadcast(left[index + 1]);
        FloatVector f2 = Lanes.broadcast(left[index + 2]);
        FloatVector f3 = Lanes.broadcast(left[index + 3]);
        for (int j = 0; j < columns; j += Lanes.COUNT) {
            long at = offset + 4L * j;
            FloatVector sum = Lanes.load(b, at).fma(f0, Lanes.load(sums, j));
            sum = Lanes.load(b, at + stride).fma(f1, sum);
            sum = Lanes.load(b, at + 2 * stride).fma(f2, sum);
            sum = Lanes.load(b, at + 3 * stride).fma(f3, sum);
            sum.intoArray(sums, j);
        }
    }

    private static void addRow(
            float factor, MemorySegment b, long offset, int columns, float[] sums) {
        FloatVector f = Lanes.broadcast(factor);
        for (int j = 0; j < columns; j += Lanes.COUNT) {
            Lanes.load(b, offset + 4L * j).fma(f, Lanes.load(sums, j)).intoArray(sums, j);
        }
    }
}
