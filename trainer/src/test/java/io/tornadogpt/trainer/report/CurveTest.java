package io.tornadogpt.trainer.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;

class CurveTest {
    private static Curve curve(double... values) {
        return new Curve(IntStream.range(0, values.length).asDoubleStream().toArray(), values);
    }

    @Test
    void thinnedCurveKeepsEveryPeakFirstAndLastPoint() {
        var random = new Random(1);
        double[] values = random.doubles(100_000).toArray();
        for (int peak : new int[] {777, 50_000, 99_998}) {
            values[peak] = 1000 + peak;
            values[peak - 1] = -1000 - peak;
        }
        Curve thinned = curve(values).thinned(200);
        assertTrue(thinned.size() <= 5 * 200, thinned.size() + " points");
        for (int peak : new int[] {777, 50_000, 99_998}) {
            assertEquals(values[peak], thinned.at(peak));
            assertEquals(values[peak - 1], thinned.at(peak - 1));
        }
        assertEquals(0, thinned.steps()[0]);
        assertEquals(99_999, thinned.steps()[thinned.size() - 1]);
        double[] sorted = thinned.steps().clone();
        Arrays.sort(sorted);
        assertArrayEquals(sorted, thinned.steps());
    }

    @Test
    void thinnedCurveKeepsGaps() {
        double[] values = new double[10_000];
        Arrays.fill(values, 5000, 5003, Double.NaN);
        assertTrue(curve(values).thinned(10).gaps().count() > 0);
    }

    @Test
    void shortCurveStaysAsItIs() {
        Curve curve = curve(3, 1, 2);
        assertSame(curve, curve.thinned(10));
    }

    @Test
    void smoothingKeepsConstantsAndCurvesOfOneWindowAsTheyAre() {
        double[] constant = new double[50];
        Arrays.fill(constant, 2.5);
        assertArrayEquals(constant, curve(constant).smoothed(10).values(), 1e-12);
        assertArrayEquals(new double[] {3, 1, 2}, curve(3, 1, 2).smoothed(1).values());
    }

    @Test
    void smoothingIsTheSameFromBothEnds() {
        double[] values = new Random(2).doubles(40).toArray();
        double[] reversed = IntStream.range(0, 40).mapToDouble(i -> values[39 - i]).toArray();
        double[] one = curve(values).smoothed(7).values();
        double[] other = curve(reversed).smoothed(7).values();
        for (int i = 0; i < 40; i++) {
            assertEquals(one[i], other[39 - i], 1e-12);
        }
        double spread =
                Arrays.stream(one).max().orElseThrow() - Arrays.stream(one).min().orElseThrow();
        assertTrue(spread < 0.6, "a spread of " + spread + " is not smooth");
    }

    @Test
    void gapIsNeitherFilledNorSpread() {
        double[] smoothed =
                curve(1, 1, Double.NaN, 1, Double.POSITIVE_INFINITY, 1).smoothed(4).values();
        assertArrayEquals(new double[] {1, 1, Double.NaN, 1, Double.NaN, 1}, smoothed, 1e-12);
    }
}
