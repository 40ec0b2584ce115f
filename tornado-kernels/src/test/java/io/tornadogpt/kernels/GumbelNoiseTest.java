package io.tornadogpt.kernels;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class GumbelNoiseTest {

    /// The ends of the range, and every 997th word: within 2^-21, relative where the noise is above
    /// 1, which is about four roundings.
    @Test
    void noiseIsThatOfTheReference() {
        int[] ends = {
            0, 1, 2, 0x3FFFFE, 0x3FFFFF, 0x400000, 0x400001, 0x7FFFFD, 0x7FFFFE, 0x7FFFFF
        };
        for (int word : ends) {
            check(word);
            check(word | 0xFF800000);
        }
        for (int word = 0; word <= 0x7FFFFF; word += 997) {
            check(word);
        }
    }

    private static void check(int word) {
        double expected = io.tornadogpt.core.random.GumbelNoise.of(word);
        float actual = GumbelNoise.of(word);
        assertTrue(
                Math.abs(actual - expected) <= 0x1p-21 * Math.max(1, Math.abs(expected)),
                "word %08x: %s, expected %s".formatted(word, actual, expected));
    }
}
