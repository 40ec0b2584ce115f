package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
}
