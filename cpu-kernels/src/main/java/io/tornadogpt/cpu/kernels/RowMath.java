package io.tornadogpt.cpu.kernels;

import jdk.incubator.vector.FloatVector;

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
}
