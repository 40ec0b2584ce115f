package io.tornadogpt.cpu.kernels;

import jdk.incubator.vector.FloatVector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// Softmax's parts over one row in an array with room for whole vectors.
final class RowMath {
    private RowMath() {}

    /// Replaces each of the first `count` elements by `e^(x - maximum)`.
    ///
    /// @return their sum
    static float expMinusMax(float[] row, int count) {
        float maximum = max(row, count);
        FloatVector sum = Lanes.zero();
        for (int i = 0; i < count; i += Lanes.COUNT) {
            FloatVector e = VectorMath.exp(Lanes.load(row, i).sub(maximum));
            e.intoArray(row, i);
            sum = sum.add(e);
        }
        return Lanes.sum(sum);
    }

    /// `log(sum(e^x))` of the first `count` elements. A row of `-inf` gives NaN.
    static float logSumExp(float[] row, int count) {
        float maximum = max(row, count);
        FloatVector sum = Lanes.zero();
        for (int i = 0; i < count; i += Lanes.COUNT) {
            sum = sum.add(VectorMath.exp(Lanes.load(row, i).sub(maximum)));
        }
        return (float) (maximum + Math.log(Lanes.sum(sum)));
    }

    /// The largest of the first `count` elements. Fills the last vector with `-inf`, so that what
    /// comes after sees no others.
    private static float max(float[] row, int count) {
        int end = Packing.roundUp(count, Lanes.COUNT);
        Arrays.fill(row, count, end, Float.NEGATIVE_INFINITY);
        FloatVector maximum = Lanes.load(row, 0);
        for (int i = Lanes.COUNT; i < end; i += Lanes.COUNT) {
            maximum = VectorMath.max(maximum, Lanes.load(row, i));
        }
        return Lanes.max(maximum);
    }

    /// The dot product of `count` elements and as many floats from byte `offset` on, in four sums:
    /// where it nearly cancels out, each sum's rounding shows.
    static float dot(float[] row, int count, MemorySegment other, long offset) {
        int step = 4 * Lanes.COUNT;
        FloatVector s0 = Lanes.zero();
        FloatVector s1 = s0;
        FloatVector s2 = s0;
        FloatVector s3 = s0;
        int i = 0;
        for (; i <= count - step; i += step) {
            long at = offset + 4L * i;
            s0 = Lanes.load(other, at).fma(Lanes.load(row, i), s0);
            s1 = Lanes.load(other, at + Lanes.BYTES).fma(Lanes.load(row, i + Lanes.COUNT), s1);
            s2 =
                    Lanes.load(other, at + 2 * Lanes.BYTES)
                            .fma(Lanes.load(row, i + 2 * Lanes.COUNT), s2);
            s3 =
                    Lanes.load(other, at + 3 * Lanes.BYTES)
                            .fma(Lanes.load(row, i + 3 * Lanes.COUNT), s3);
        }
        for (; i <= count - Lanes.COUNT; i += Lanes.COUNT) {
            s0 = Lanes.load(other, offset + 4L * i).fma(Lanes.load(row, i), s0);
        }
        float sum = Lanes.sum(s0.add(s1).add(s2.add(s3)));
        for (; i < count; i++) {
            sum = Math.fma(row[i], other.get(ValueLayout.JAVA_FLOAT, offset + 4L * i), sum);
        }
        return sum;
    }
}
