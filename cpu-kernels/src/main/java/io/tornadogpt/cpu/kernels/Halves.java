package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.tensor.BFloat16;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Reads matrices of BF16 as floats: what [Packing] and [MatVec] do with matrices of F32.
final class Halves {
    private static final VectorSpecies<Short> SHORTS =
            VectorSpecies.of(short.class, VectorShape.forBitSize(Lanes.bits() / 2));
    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final int COLUMNS = MicroKernel.COLUMNS;

    private Halves() {}

    /// A vector's worth from byte `offset` on.
    static FloatVector load(MemorySegment memory, long offset) {
        var bits =
                (IntVector)
                        ShortVector.fromMemorySegment(SHORTS, memory, offset, ORDER)
                                .convertShape(VectorOperators.ZERO_EXTEND_S2I, Lanes.INTS, 0);
        return bits.lanewise(VectorOperators.LSHL, Short.SIZE).reinterpretAsFloats();
    }

    static float get(MemorySegment memory, long offset) {
        return BFloat16.toFloat(memory.get(ValueLayout.JAVA_SHORT, offset));
    }

    /// Rounds `count` floats to numbers of BF16, as [BFloat16] does.
    static void store(MemorySegment from, long offset, MemorySegment to, long target, int count) {
        for (int i = 0; i < count; i++) {
            float value = from.get(ValueLayout.JAVA_FLOAT, offset + 4L * i);
            to.set(ValueLayout.JAVA_SHORT, target + 2L * i, BFloat16.of(value));
        }
    }

    /// Copies `count` numbers.
    static void copy(MemorySegment from, long offset, MemorySegment to, long target, int count) {
        int whole = Lanes.FLOATS.loopBound(count);
        for (int i = 0; i < whole; i += Lanes.COUNT) {
            Lanes.store(load(from, offset + 2L * i), to, target + 4L * i);
        }
        for (int i = whole; i < count; i++) {
            to.set(ValueLayout.JAVA_FLOAT, target + 4L * i, get(from, offset + 2L * i));
        }
    }

    /// Copies `rows` rows of `columns` numbers, `stride` bytes apart, to rows `toStride` floats
    /// apart.
    static void rows(
            MemorySegment from,
            long offset,
            long stride,
            int rows,
            int columns,
            float[] to,
            int toStride) {
        for (int row = 0; row < rows; row++) {
            row(from, offset + row * stride, columns, to, row * toStride);
        }
    }

    private static void row(MemorySegment from, long offset, int columns, float[] to, int start) {
        int whole = Lanes.FLOATS.loopBound(columns);
        for (int i = 0; i < whole; i += Lanes.COUNT) {
            load(from, offset + 2L * i).intoArray(to, start + i);
        }
        for (int i = whole; i < columns; i++) {
            to[start + i] = get(from, offset + 2L * i);
        }
    }

    /// Packs a panel from a matrix whose rows are k: element (k, j) is at `offset + k * stride + 2
    /// * j`.
    ///
    /// @param columns how many columns the panel has, at most COLUMNS
    static void panel(
            MemorySegment from,
            long offset,
            long stride,
            int depth,
            int columns,
            float[] to,
            int start) {
        for (int k = 0; k < depth; k++) {
            long source = offset + k * stride;
            int target = start + k * COLUMNS;
            if (columns == COLUMNS) {
                load(from, source).intoArray(to, target);
                load(from, source + Lanes.BYTES / 2).intoArray(to, target + Lanes.COUNT);
            } else {
                for (int j = 0; j < columns; j++) {
                    to[target + j] = get(from, source + 2L * j);
                }
                Arrays.fill(to, target + columns, target + COLUMNS, 0);
            }
        }
    }

    /// Packs a panel from a matrix whose rows are columns of the product: element (k, j) is at
    /// `offset + j * stride + 2 * k`.
    ///
    /// @param columns how many columns the panel has, at most COLUMNS
    static void transposedPanel(
            MemorySegment from,
            long offset,
            long stride,
            int depth,
            int columns,
            float[] to,
            int start) {
        for (int j = 0; j < COLUMNS; j++) {
            long source = offset + j * stride;
            for (int k = 0; k < depth; k++) {
                to[start + j + k * COLUMNS] = j < columns ? get(from, source + 2L * k) : 0;
            }
        }
    }

    /// [Dots#dots] with a matrix of halves.
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
        int run = columns / Dots.RUNS;
        int whole = Lanes.FLOATS.loopBound(k);
        long row = 2L * k;
        int step = run * Lanes.COUNT;
        int width = Packing.roundUp(columns, Lanes.COUNT);
        int second = width * Lanes.COUNT;
        for (int j = 0; j < run; j++) {
            long at = offset + j * row;
            if (rows == 1) {
                four(
                        left,
                        start,
                        whole,
                        Lanes.COUNT,
                        b,
                        at,
                        run * row,
                        lanes,
                        j * Lanes.COUNT,
                        step);
            } else {
                eight(
                        left,
                        start,
                        k,
                        whole,
                        Lanes.COUNT,
                        b,
                        at,
                        run * row,
                        lanes,
                        j * Lanes.COUNT,
                        step,
                        second);
            }
        }
        for (int j = run * Dots.RUNS; j < columns; j++) {
            for (int i = 0; i < rows; i++) {
                int to = (i * width + j) * Lanes.COUNT;
                one(left, start + i * k, whole, b, offset + j * row, lanes, to);
            }
        }
        LaneSums.of(lanes, rows * width, sums);
        for (int i = 0; whole < k && i < rows; i++) {
            rest(left, start + i * k, whole, k, b, offset, columns, sums, i * width);
        }
    }

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
            long at = offset + 2L * i;
            FloatVector factors = Lanes.load(left, start + i);
            s0 = load(b, at).fma(factors, s0);
            s1 = load(b, at + stride).fma(factors, s1);
            s2 = load(b, at + 2 * stride).fma(factors, s2);
            s3 = load(b, at + 3 * stride).fma(factors, s3);
        }
        s0.intoArray(lanes, to);
        s1.intoArray(lanes, to + step);
        s2.intoArray(lanes, to + 2 * step);
        s3.intoArray(lanes, to + 3 * step);
    }

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
            long at = offset + 2L * i;
            FloatVector f = Lanes.load(left, start + i);
            FloatVector g = Lanes.load(left, start + apart + i);
            FloatVector row = load(b, at);
            s0 = row.fma(f, s0);
            t0 = row.fma(g, t0);
            row = load(b, at + stride);
            s1 = row.fma(f, s1);
            t1 = row.fma(g, t1);
            row = load(b, at + 2 * stride);
            s2 = row.fma(f, s2);
            t2 = row.fma(g, t2);
            row = load(b, at + 3 * stride);
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
        for (int i = 0; i < k; i += Lanes.COUNT) {
            sum = load(b, offset + 2L * i).fma(Lanes.load(left, start + i), sum);
        }
        sum.intoArray(lanes, to);
    }

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
                float value = get(b, offset + 2L * ((long) j * k + i));
                sum = Math.fma(left[start + i], value, sum);
            }
            sums[to + j] = sum;
        }
    }

    /// [MatVec#combine] with a matrix of halves.
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
        long stride = 2L * n;
        int whole = Lanes.FLOATS.loopBound(columns);
        int run = k / MatVec.RUNS;
        for (int i = 0; i < run; i++) {
            addFourRows(left, start + i, run, b, offset + i * stride, stride, whole, sums, to);
        }
        for (int i = run * MatVec.RUNS; i < k; i++) {
            addRow(left[start + i], b, offset + i * stride, whole, sums, to);
        }
        for (int j = whole; j < columns; j++) {
            float sum = sums.get(ValueLayout.JAVA_FLOAT, to + 4L * j);
            for (int i = 0; i < k; i++) {
                sum = Math.fma(left[start + i], get(b, offset + i * stride + 2L * j), sum);
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
            long at = offset + 2L * j;
            FloatVector sum = load(b, at).fma(f0, Lanes.load(sums, to + 4L * j));
            sum = load(b, at + apart).fma(f1, sum);
            sum = load(b, at + 2 * apart).fma(f2, sum);
            sum = load(b, at + 3 * apart).fma(f3, sum);
            Lanes.store(sum, sums, to + 4L * j);
        }
    }

    private static void addRow(
            float factor, MemorySegment b, long offset, int columns, MemorySegment sums, long to) {
        FloatVector f = Lanes.broadcast(factor);
        for (int j = 0; j < columns; j += Lanes.COUNT) {
            long at = to + 4L * j;
            Lanes.store(load(b, offset + 2L * j).fma(f, Lanes.load(sums, at)), sums, at);
        }
    }
}
