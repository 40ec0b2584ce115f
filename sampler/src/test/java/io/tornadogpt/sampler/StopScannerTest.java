package io.tornadogpt.sampler;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Optional;

class StopScannerTest {
    @Test
    void beginningOfStopStringIsHeldBackUntilMoreTextDecides() {
        var scanner = new StopScanner(List.of("END"));
        assertEquals("a", scanner.push("aE"));
        assertEquals("", scanner.push("N"));
        assertEquals("EN", scanner.push("E"));
        assertEquals("", scanner.push("ND more"));
        assertEquals(Optional.of("END"), scanner.found());
        assertEquals("", scanner.push("text"));
        assertEquals("", scanner.finish());
    }

    @Test
    void whatWasHeldBackComesAtTheEnd() {
        var scanner = new StopScanner(List.of("END"));
        assertEquals("a", scanner.push("aEN"));
        assertEquals("EN", scanner.finish());
        assertEquals(Optional.empty(), scanner.found());
    }

    @Test
    void stopStringThatIsCompleteFirstWinsAndOfThoseTheLongest() {
        assertEquals(Optional.of("bc"), found("abcd", "cd", "bc"));
        assertEquals(Optional.of("b"), found("abcd", "bc", "bcd", "b"));
        assertEquals(Optional.of("abc"), found("abcd", "bc", "abc", "c"));
    }

    @Test
    void withoutStopStringsNothingIsHeldBack() {
        var scanner = new StopScanner(List.of());
        assertEquals("text", scanner.push("text"));
        assertEquals("", scanner.finish());
    }

    private static Optional<String> found(String text, String... stops) {
        var scanner = new StopScanner(List.of(stops));
        scanner.push(text);
        return scanner.found();
    }
}
