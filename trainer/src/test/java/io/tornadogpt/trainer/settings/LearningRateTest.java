package io.tornadogpt.trainer.settings;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class LearningRateTest {
    /// Values of nanoGPT's get_lr (Python 3.11, learning_rate 1e-3, min_lr 1e-4, warmup_iters 100,
    /// lr_decay_iters 2000), printed with all digits.
    @ParameterizedTest
    @CsvSource({
        "0, 9.900990099009901e-06",
        "50, 0.000504950495049505",
        "99, 0.0009900990099009901",
        "100, 0.001",
        "101, 0.0009999993848585915",
        "777, 0.0007463004706110102",
        "1050, 0.00055",
        "1999, 0.00010000061514140841",
        "2000, 0.0001",
        "2001, 0.0001"
    })
    void cosineIsNanoGpts(int step, double expected) {
        double lr = new LearningRate(Schedule.COSINE, 1e-3, 1e-4, 100, 2000).at(step);
        assertEquals(expected, lr, Math.ulp(expected), "libm's cosine may differ in its last bit");
    }

    /// Warm-up over at step 10, decay to step 110; that of wsd begins at 110 - 22 = 88.
    @ParameterizedTest
    @CsvSource({
        "CONSTANT, 10, 8.0",
        "CONSTANT, 60, 8.0",
        "CONSTANT, 111, 8.0",
        "LINEAR, 10, 8.0",
        "LINEAR, 60, 5.0",
        "LINEAR, 110, 2.0",
        "LINEAR, 111, 2.0",
        "COSINE, 10, 8.0",
        "COSINE, 60, 5.0",
        "COSINE, 110, 2.0",
        "COSINE, 111, 2.0",
        "WSD, 10, 8.0",
        "WSD, 88, 8.0",
        "WSD, 110, 2.0",
        "WSD, 111, 2.0"
    })
    void landmarksOfEachSchedule(Schedule schedule, int step, double expected) {
        assertEquals(expected, new LearningRate(schedule, 8, 2, 10, 110).at(step), 1e-15);
    }

    @Test
    void wsdDecaysWithOneMinusSquareRoot() {
        var rates = new LearningRate(Schedule.WSD, 8, 2, 10, 500);
        assertEquals(8, rates.at(400));
        assertEquals(2 + (1 - 0.5) * 6, rates.at(425));
        assertEquals(2 + (1 - 0.1) * 6, rates.at(401), 1e-15);
    }

    @ParameterizedTest
    @EnumSource(Schedule.class)
    void warmUpRisesInEqualSteps(Schedule schedule) {
        var rates = new LearningRate(schedule, 8, 2, 3, 100);
        assertEquals(2.0, rates.at(0));
        assertEquals(4.0, rates.at(1));
        assertEquals(6.0, rates.at(2));
        assertEquals(8.0, rates.at(3));
    }

    @ParameterizedTest
    @EnumSource(Schedule.class)
    void rateNeverRisesBehindTheWarmUp(Schedule schedule) {
        for (int warmup : new int[] {0, 1, 7, 45, 50, 80}) {
            var rates = new LearningRate(schedule, 1, 0.1, warmup, 50);
            for (int step = warmup; step < 70; step++) {
                assertTrue(rates.at(step + 1) <= rates.at(step), schedule + " " + step);
                assertTrue(rates.at(step) >= 0.1 && rates.at(step) <= 1, schedule + " " + step);
            }
        }
    }

    @Test
    void impossibleRatesAreRefused() {
        for (double[] bad : new double[][] {{1, 2}, {1, -1}, {Double.NaN, 0}, {1, Double.NaN}}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new LearningRate(Schedule.WSD, bad[0], bad[1], 0, 10));
        }
        assertThrows(
                IllegalArgumentException.class, () -> new LearningRate(Schedule.WSD, 1, 0, -1, 10));
        assertThrows(
                IllegalArgumentException.class, () -> new LearningRate(Schedule.WSD, 1, 0, 0, 0));
    }
}
