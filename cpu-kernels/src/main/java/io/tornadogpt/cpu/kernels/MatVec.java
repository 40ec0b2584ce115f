package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.tensor.DType;

import jdk.incubator.vector.FloatVector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Products of one to four rows by a right matrix that lies `[K, N]`: `out[M,N] (+)= a[M,K] .
/// b[K,N]`. Every element of `b` is read once, in place, so they run as fast as memory delivers it.
/// [Dots] is the same for one that lies `[N, K]`.
///
/// A thread reads [#RUNS] parts of `b` side by side, each from its beginning to its end: a
/// processor fetches ahead in each of them, and has more of memory under way than it has in one.
final class MatVec {
    private static final int MAX_ROWS = 4;

    /// How many rows of `b` are read side by side.
    static final int RUNS = 4;

    /// Rows of `b` in a unit.
    private static final int UNIT_ROWS = 24 * RUNS;

    /// Most columns that are summed at a time: their sums stay in the L1 cache.
    private static final int MAX_COLUMNS = 4096;

    /// Columns in a unit of adding up the sums of all units.
    private static final int ADDED_COLUMNS = 512;

    private static final int LEFT = 0;
    private static final int SUMS = 1;

    private MatVec() {}

    /// Whether this is the way to multiply `m` rows.
    static boolean serves(int m, Operand a, Operand b) {
        return m <= MAX_ROWS && !a.transposed() && !b.transposed();
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
        // Each unit sums over some rows of `b`; then their sums are added up.
        long width = Lanes.BYTES * Math.ceilDiv(n, Lanes.COUNT);
        int units = Math.ceilDiv(k, UNIT_ROWS);
        MemorySegment parts = workers.sharedMemory(width * m * units);
        workers.run(
                units,
                (unit, scratch) -> {
                    int from = unit * UNIT_ROWS;
                    int rows = Math.min(UNIT_ROWS, k - from);
                    for (int row = 0; row < m; row++) {
                        MemorySegment sums = parts.asSlice(width * (unit * m + row), width);
                        sums.fill((byte) 0);
                        for (int column = 0; column < n; column += MAX_COLUMNS) {
                            int columns = Math.min(MAX_COLUMNS, n - column);
                            int start = row * k + from;
                            long at = (long) from * n + column;
                            combine(left, start, rows, b, at, n, columns, sums, 4L * column);
                        }
                    }
                });
        int chunks = Math.ceilDiv(n, ADDED_COLUMNS);
        workers.run(
                m * chunks,
                (unit, scratch) -> {
                    int row = unit / chunks;
                    int column = unit % chunks * ADDED_COLUMNS;
                    int columns = Math.min(ADDED_COLUMNS, n - column);
                    float[] sums = scratch.floats(SUMS, ADDED_COLUMNS);
                    addUp(parts, width * row + 4L * column, width * m, units, columns, sums);
                    long offset = 4L * row * n + 4L * column;
                    epilogue.store(sums, 0, columns, out, offset, column);
                });
    }

    private static void addUp(
            MemorySegment parts, long offset, long stride, int count, int columns, float[] sums) {
        for (int j = 0; j < columns; j += Lanes.COUNT) {
            FloatVector sum = Lanes.load(parts, offset + 4L * j);
            for (int i = 1; i < count; i++) {
                sum = sum.add(Lanes.load(parts, offset + i * stride + 4L * j));
            }
            sum.intoArray(sums, j);
        }
    }

    private static void combine(
            float[] left,
            int start,
            int k,
            Operand b,
            long at,
            int n,
            int columns,
            MemorySegment sums,
            long to) {
        if (b.type() == DType.BF16) {
            Halves.combine(left, start, k, b.data(), 2 * at, n, columns, sums, to);
        } else {
            combine(left, start, k, b.data(), 4 * at, n, columns, sums, to);
        }
    }

    /// `sums += left . b`, b being `columns` columns, from byte `offset` on, of a matrix `[K, N]`:
    /// runs of rows are read side by side. Sums are off-heap, where vectors of them can be aligned:
    /// a store across two cache lines takes several times as long.
    ///
    /// @param sums from byte `to` on
    static void combine(
            float[] left,
            int start,
            int k,
            MemorySegment b,
            long offset,
            int n,
            int columns,
            MemorySegment sums,
            long to) {
        long stride = 4L * n;
        int whole = Lanes.FLOATS.loopBound(columns);
        int run = k / RUNS;
        for (int i = 0; i < run; i++) {
            addFourRows(left, start + i, run, b, offset + i * stride, stride, whole, sums, to);
        }
        for (int i = run * RUNS; i < k; i++) {
            addRow(left[start + i], b, offset + i * stride, whole, sums, to);
        }
        for (int j = whole; j < columns; j++) {
            float sum = sums.get(ValueLayout.JAVA_FLOAT, to + 4L * j);
            for (int i = 0; i < k; i++) {
                float value = b.get(ValueLayout.JAVA_FLOAT, offset + i * stride + 4L * j);
                sum = Math.fma(left[start + i], value, sum);
            }
            sums.set(ValueLayout.JAVA_FLOAT, to + 4L * j, sum);
        }
    }

    private static void addFourRows(
            float[] left,
            int index,
            int run,
            MemorySegment b,
            long offset,
            long stride,
            int columns,
            MemorySegment sums,
            long to) {
        FloatVector f0 = Lanes.broadcast(left[index]);
        FloatVector f1 = Lanes.broadcast(left[index + run]);
        FloatVector f2 = Lanes.broadcast(left[index + 2 * run]);
        FloatVector f3 = Lanes.broadcast(left[index + 3 * run]);
        long apart = run * stride;
        for (int j = 0; j < columns; j += Lanes.COUNT) {
            long at = offset + 4L * j;
            FloatVector sum = Lanes.load(b, at).fma(f0, Lanes.load(sums, to + 4L * j));
            sum = Lanes.load(b, at + apart).fma(f1, sum);
            sum = Lanes.load(b, at + 2 * apart).fma(f2, sum);
            sum = Lanes.load(b, at + 3 * apart).fma(f3, sum);
            Lanes.store(sum, sums, to + 4L * j);
        }
    }

    private static void addRow(
            float factor, MemorySegment b, long offset, int columns, MemorySegment sums, long to) {
        FloatVector f = Lanes.broadcast(factor);
        for (int j = 0; j < columns; j += Lanes.COUNT) {
            long at = to + 4L * j;
            Lanes.store(Lanes.load(b, offset + 4L * j).fma(f, Lanes.load(sums, at)), sums, at);
        }
    }
}
