package io.tornadogpt.evaluation.task;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/// What Python 3.11 prints of `random.Random(seed)`.
class PythonRandomTest {
    @Test
    void samplesAreThoseOfPython() {
        var random = new PythonRandom(1234);
        assertArrayEquals(new int[] {6374, 3610}, random.sample(6920, 2));
        assertArrayEquals(new int[] {3, 0, 2, 1, 17}, random.sample(20, 5));
        assertArrayEquals(new int[] {806, 6279, 2905, 1939, 142}, random.sample(7473, 5));
        assertArrayEquals(new int[] {3, 2, 44, 82, 79, 61, 78, 59, 19}, random.sample(100, 9));
        int[] all = random.sample(30, 30);
        assertEquals(2, all[0]);
        assertEquals(9, all[29]);
    }

    @Test
    void numbersGoOnBeyondTheFirstState() {
        var random = new PythonRandom(0);
        int last = 0;
        for (int i = 0; i < 1300; i++) {
            last = random.below(1 << 30);
        }
        assertEquals(847907384, last);
    }
}
