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

    /// The dot product of `k` floats of `left` and as many numbers of `b` from byte `offset` on.
    static float dot(float[] left, int start, int k, MemorySegment b, long offset) {
        int step = 2 * Lanes.COUNT;
        FloatVector s0 = Lanes.zero();
        FloatVector s1 = s0;
        int i = 0;
        for (; i <= k - step; i += step) {
            long at = offset + 2L * i;
            s0 = load(b, at).fma(Lanes.load(left, start + i), s0);
            s1 = load(b, at + Lanes.BYTES / 2).fma(Lanes.load(left, start + i + Lanes.COUNT), s1);
        }
        for (; i <= k - Lanes.COUNT; i += Lanes.COUNT) {
            s0 = load(b, offset + 2L * i).fma(Lanes.load(left, start + i), s0);
        }
        float sum = Lanes.sum(s0.add(s1));
        for (; i < k; i++) {
            sum = Math.fma(left[start + i], get(b, offset + 2L * i), sum);
        }
        return sum;
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
        Arrays.fill(sums, 0, Packing.roundUp(columns, Lanes.COUNT), 0);
        long stride = 2L * n;
        long first = base + 2L * column;
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
                sum = Math.fma(left[start + i], get(b, first + i * stride + 2L * j), sum);
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
            long at = offset + 2L * j;
            FloatVector sum = load(b, at).fma(f0, Lanes.load(sums, j));
            sum = load(b, at + stride).fma(f1, sum);
            sum = load(b, at + 2 * stride).fma(f2, sum);
            sum = load(b, at + 3 * stride).fma(f3, sum);
            sum.intoArray(sums, j);
        }
    }

    private static void addRow(
            float factor, MemorySegment b, long offset, int columns, float[] sums) {
        FloatVector f = Lanes.broadcast(factor);
        for (int j = 0; j < columns; j += Lanes.COUNT) {
            load(b, offset + 2L * j).fma(f, Lanes.load(sums, j)).intoArray(sums, j);
        }
    }
}
