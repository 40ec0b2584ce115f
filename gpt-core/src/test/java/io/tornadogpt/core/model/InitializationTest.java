package io.tornadogpt.core.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.tornadogpt.core.model.graph.Initialization;
import io.tornadogpt.core.tensor.Shape;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.stream.IntStream;

class InitializationTest {
    /// Five standard errors: 1 / sqrt(n) of the mean, 1 / sqrt(2n) of the deviation.
    @Test
    void normalHasItsMeanAndDeviation() {
        int n = 200_003;
        float[] values = new Initialization.Normal(0.02).values(42, "wte", Shape.of(n));
        double mean = IntStream.range(0, n).mapToDouble(i -> values[i]).average().orElseThrow();
        double variance = IntStream.range(0, n).mapToDouble(i -> values[i] * values[i]).sum() / n;
        assertEquals(0, mean, 5 * 0.02 / Math.sqrt(n));
        assertEquals(0.02, Math.sqrt(variance), 5 * 0.02 / Math.sqrt(2.0 * n));
    }

    /// Shares of a normal distribution within one and two deviations.
    @Test
    void normalHasItsShape() {
        int n = 200_000;
        float[] values = new Initialization.Normal(1).values(42, "wte", Shape.of(n));
        assertEquals(0.682689, share(values, 1), 5 * 0.5 / Math.sqrt(n));
        assertEquals(0.954500, share(values, 2), 5 * 0.5 / Math.sqrt(n));
    }

    private static double share(float[] values, double limit) {
        double inside =
                IntStream.range(0, values.length).filter(i -> Math.abs(values[i]) < limit).count();
        return inside / values.length;
    }

    @Test
    void neighboursDoNotCorrelate() {
        int n = 200_000;
        float[] values = new Initialization.Normal(1).values(42, "wte", Shape.of(n));
        for (int distance = 1; distance <= 4; distance++) {
            int d = distance;
            double sum =
                    IntStream.range(0, n - d).mapToDouble(i -> values[i] * values[i + d]).sum();
            assertEquals(0, sum / n, 5 / Math.sqrt(n), "distance " + d);
        }
    }

    @Test
    void valuesAreAFunctionOfSeedAndName() {
        var normal = new Initialization.Normal(0.02);
        float[] values = normal.values(42, "h.0.weight", Shape.of(1001));
        assertArrayEquals(values, normal.values(42, "h.0.weight", Shape.of(1001)));
        assertArrayEquals(Arrays.copyOf(values, 10), normal.values(42, "h.0.weight", Shape.of(10)));
        assertFalse(Arrays.equals(values, normal.values(43, "h.0.weight", Shape.of(1001))));
        assertFalse(Arrays.equals(values, normal.values(42, "h.1.weight", Shape.of(1001))));
        assertFalse(
                Arrays.equals(
                        values, normal.values(42 + (1L << 32), "h.0.weight", Shape.of(1001))));
    }

    @Test
    void constantFillsAll() {
        float[] ones = {1, 1, 1};
        assertArrayEquals(ones, new Initialization.Constant(1).values(9, "ln", Shape.of(3)));
    }
}
