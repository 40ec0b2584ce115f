package io.tornadogpt.core.model;

import java.util.Arrays;

/// The product of the two matrices of an adapter.
final class LowRankProduct {
    private LowRankProduct() {}

    /// Adds `scale * b . a` to some rows of a weight, each element summed in double precision.
    ///
    /// @param a `[rank, in]`
    /// @param b `[out, rank]`
    /// @param weight `[.., in]`, written
    /// @param row the first that is added to
    static void add(float[] a, float[] b, int rank, double scale, float[] weight, int row) {
        int in = a.length / rank;
        var sums = new double[in];
        for (int out = 0; out < b.length / rank; out++) {
            Arrays.fill(sums, 0);
            for (int r = 0; r < rank; r++) {
                double factor = scale * b[out * rank + r];
                for (int i = 0; i < in; i++) {
                    sums[i] += factor * a[r * in + i];
                }
            }
            int first = (row + out) * in;
            for (int i = 0; i < in; i++) {
                weight[first + i] = (float) (weight[first + i] + sums[i]);
            }
        }
    }
}
