package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

class ShowTest {
    @ParameterizedTest
    @CsvSource({"0, 0", "999, 999", "1000, 1.00k", "12345, 12.3k", "999600, 1.00M", "804096, 804k"})
    void numbersKeepThreeDigits(double value, String expected) {
        assertEquals(expected, Show.rounded(value));
    }

    @ParameterizedTest
    @CsvSource({"0, 0:00", "59.6, 1:00", "151, 2:31", "3751, 1:02:31"})
    void durationsAreClockTimes(double seconds, String expected) {
        assertEquals(expected, Show.duration(seconds));
    }

    @ParameterizedTest
    @CsvSource({"1e-3, 1.00e-3", "0.000985, 9.85e-4", "1e-10, 1.00e-10"})
    void ratesHaveShortExponents(double rate, String expected) {
        assertEquals(expected, Show.rate(rate));
    }

    /// Three columns where they fit, and nothing beyond the screen's edge where they do not.
    @ParameterizedTest
    @CsvSource({"80, 2, 64", "64, 2, 64", "63, 4, 34", "60, 4, 34"})
    void tableOfParametersFitsTheScreen(int columns, int lines, int longest) {
        var rows =
                List.of(
                        new InfoCommand.Row("parameter", "shape", "weights"),
                        new InfoCommand.Row(
                                "transformer.h.*.attn.c_attn.weight",
                                "12 x [2304, 768]",
                                "21,233,664"));
        List<String> table = InfoCommand.Row.lines(rows, columns);
        assertEquals(lines, table.size());
        assertEquals(longest, table.stream().mapToInt(String::length).max().orElseThrow());
        assertTrue(table.getLast().endsWith("12 x [2304, 768]  21,233,664"), table.toString());
    }

    @ParameterizedTest
    @CsvSource({"0, 0 layers", "1, 1 layer", "12, 12 layers"})
    void oneIsSingular(int count, String expected) {
        assertEquals(expected, Show.several(count, "layer"));
    }
}
