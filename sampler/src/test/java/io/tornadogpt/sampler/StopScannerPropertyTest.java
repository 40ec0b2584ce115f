package io.tornadogpt.sampler;

import static org.junit.jupiter.api.Assertions.assertEquals;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import java.util.List;

/// Streaming against a look at the whole text.
class StopScannerPropertyTest {
    private static final String SEED = "20261122";

    /// Over two letters, so that stop strings overlap with themselves and each other often.
    @Property(tries = 1_000, seed = SEED)
    void piecesGiveTheTextUpToTheStopStringThatIsCompleteFirst(
            @ForAll("pieces") List<String> pieces, @ForAll("stops") List<String> stops) {
        String whole = String.join("", pieces);
        String expected = whole;
        for (int end = whole.length(); end > 0; end--) {
            String before = whole.substring(0, end);
            int length =
                    stops.stream()
                            .filter(before::endsWith)
                            .mapToInt(String::length)
                            .max()
                            .orElse(0);
            if (length > 0) {
                expected = whole.substring(0, end - length);
            }
        }

        var scanner = new StopScanner(stops);
        StringBuilder text = new StringBuilder();
        pieces.forEach(piece -> text.append(scanner.push(piece)));
        text.append(scanner.finish());
        assertEquals(expected, text.toString());
        assertEquals(!expected.equals(whole), scanner.found().isPresent());
    }

    @Provide
    Arbitrary<List<String>> pieces() {
        return letters(0, 3).list().ofMaxSize(12);
    }

    @Provide
    Arbitrary<List<String>> stops() {
        return letters(1, 5).list().ofMaxSize(3);
    }

    private static Arbitrary<String> letters(int least, int most) {
        return Arbitraries.strings().withChars('a', 'b').ofMinLength(least).ofMaxLength(most);
    }
}
