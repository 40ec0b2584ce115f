package io.tornadogpt.trainer.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.stream.DoubleStream;

class AxisTest {
    private static Axis fitting(double... values) {
        return Axis.fitting(DoubleStream.of(values), Figures::mark);
    }

    private static List<String> labels(Axis axis) {
        return axis.ticks().stream().map(axis::label).toList();
    }

    @ParameterizedTest
    @ValueSource(doubles = {1, 2, 3, 7, 10, 99, 1000, 123_456, 600_000})
    void stepsAreMarkedWholeAndOnce(double last) {
        Axis axis = Axis.steps(0, last);
        assertTrue(axis.ticks().size() >= 2 && axis.ticks().size() <= 8, labels(axis).toString());
        assertEquals(axis.ticks().size(), labels(axis).stream().distinct().count());
        axis.ticks().forEach(tick -> assertEquals(Math.rint(tick), tick));
    }

    @Test
    void marksAreRoundAndOnTheAxis() {
        assertEquals(List.of("2", "3", "4", "5", "6", "7"), labels(fitting(1.9, 7.1)));
        assertEquals(
                List.of("0", "5e-4", "1e-3", "1.5e-3", "2e-3"),
                labels(Axis.fromZero(DoubleStream.of(2e-3), Figures::rate)));
    }

    @Test
    void valuesOfManySizesAreLogarithmic() {
        Axis axis = fitting(0.01, 1, 100);
        assertTrue(axis.logarithmic());
        assertEquals(0.5, axis.fraction(1), 1e-9);
        assertEquals(List.of("0.01", "0.1", "1", "10", "100"), labels(axis));
        assertFalse(fitting(0, 100).logarithmic(), "zero has no logarithm");
    }

    @Test
    void oneValueOrNoneHasAnAxisToo() {
        assertEquals(0.5, fitting(3).fraction(3), 1e-9);
        assertEquals(0.5, fitting(0).fraction(0), 1e-9);
        assertFalse(fitting().ticks().isEmpty());
        assertFalse(fitting(Double.NaN).ticks().isEmpty());
        assertFalse(Axis.fromZero(DoubleStream.of(0), Figures::mark).ticks().isEmpty());
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "15000, 15k",
        "2.5, 2.5",
        "0.1, 0.1",
        "100, 100",
        "1200, 1.2k",
        "0.0012, 1.2e-3"
    })
    void marksHaveNoZerosAtTheirEnd(double value, String expected) {
        assertEquals(expected, Figures.mark(value));
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "-0.04, 0", "-0.55, -0.5", "12.34, 12.3", "1000, 1000"})
    void coordinatesHaveOneDecimal(double value, String expected) {
        assertEquals(expected, Figures.coordinate(value));
    }
}
