package io.tornadogpt.curation.step;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.StringJoiner;

class MinHashTest {
    private static final int PAIRS = 1000;
    private static final int WORDS = 184; // 180 n-grams of five words

    private static String text(int shared, String own) {
        var text = new StringJoiner(" ");
        for (int i = 0; i < WORDS; i++) {
            text.add((i < shared ? "shared" : own) + i);
        }
        return text.toString();
    }

    private static boolean agree(MinHash hash, String a, String b) {
        long[] one = hash.bandHashes(a);
        long[] other = hash.bandHashes(b);
        for (int i = 0; i < one.length; i++) {
            if (one[i] == other[i]) {
                return true;
            }
        }
        return false;
    }

    /// Each pair has hash functions of its own, so that pairs are independent.
    @ParameterizedTest
    @CsvSource({"0.6, 0.212", "0.8, 0.924"})
    void pairsAreFoundAtTheRateOfTheFormula(double similarity, double expected) {
        int ngrams = (int) Math.round(2 * similarity / (1 + similarity) * (WORDS - 4));
        String a = text(ngrams + 4, "a");
        String b = text(ngrams + 4, "b");
        int found = 0;
        for (int i = 0; i < PAIRS; i++) {
            found += agree(new MinHash(new NearDuplicates(5, 14, 8, 1000L * i)), a, b) ? 1 : 0;
        }
        assertEquals(expected, NearDuplicates.DEFAULT.probability(similarity), 2e-3);
        assertEquals(expected, found / (double) PAIRS, 0.03);
    }

    @Test
    void caseAccentsAndPunctuationDoNotMatter() {
        var hash = new MinHash(NearDuplicates.DEFAULT);
        assertArrayEquals(
                hash.bandHashes("Caf\u00E9 cr\u00E8me, five words: here!"),
                hash.bandHashes("CAFE\u0301 creme five (words) here"));
    }
}
