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

    /// [MatVec#dots] with a matrix of halves.
    static void dots(
            float[] left,
            int start,
            int k,
            MemorySegment b,
            long offset,
            int columns,
            float[] sums) {
        int run = columns / MatVec.RUNS;
        for (int j = 0; j < run; j++) {
            fourDots(left, start, k, b, offset + 2L * j * k, 2L * run * k, sums, j, run);
        }
        for (int j = run * MatVec.RUNS; j < columns; j++) {
            sums[j] = dot(left, start, k, b, offset + 2L * j * k);
        }
    }

    private static void fourDots(
            float[] left,
            int start,
            int k,
            MemorySegment b,
            long offset,
            long stride,
            float[] sums,
            int to,
            int step) {
        FloatVector s0 = Lanes.zero();
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int whole = Lanes.FLOATS.loopBound(k);
        for (int i = 0; i < whole; i += Lanes.COUNT) {
            long at = offset + 2L * i;
            FloatVector factors = Lanes.load(left, start + i);
            s0 = load(b, at).fma(factors, s0);
            s1 = load(b, at + stride).fma(factors, s1);
            s2 = load(b, at + 2 * stride).fma(factors, s2);
            s3 = load(b, at + 3 * stride).fma(factors, s3);
        }
        sums[to] = rest(left, start, whole, k, b, offset, Lanes.sum(s0));
        sums[to + step] = rest(left, start, whole, k, b, offset + stride, Lanes.sum(s1));
        sums[to + 2 * step] = rest(left, start, whole, k, b, offset + 2 * stride, Lanes.sum(s2));
        sums[to + 3 * step] = rest(left, start, whole, k, b, offset + 3 * stride, Lanes.sum(s3));
    }

    private static float dot(float[] left, int start, int k, MemorySegment b, long offset) {
        FloatVector sum = Lanes.zero();
        int whole = Lanes.FLOATS.loopBound(k);
        for (int i = 0; i < whole; i += Lanes.COUNT) {
            sum = load(b, offset + 2L * i).fma(Lanes.load(left, start + i), sum);
        }
        return rest(left, start, whole, k, b, offset, Lanes.sum(sum));
    }

    private static float rest(
            float[] left, int start, int from, int k, MemorySegment b, long offset, float sum) {
        float result = sum;
        for (int i = from; i < k; i++) {
            result = Math.fma(left[start + i], get(b, offset + 2L * i), result);
        }
        return result;
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
