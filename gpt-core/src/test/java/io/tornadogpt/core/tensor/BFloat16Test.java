package io.tornadogpt.core.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

import org.junit.jupiter.api.Test;

class BFloat16Test {
    @Property
    void roundsToTheNearestAndTiesToEven(@ForAll int bits) {
        float value = Float.intBitsToFloat(bits);
        short rounded = BFloat16.of(value);

        if (Float.isNaN(value)) {
            assertTrue(Float.isNaN(BFloat16.toFloat(rounded)));
            return;
        }
        short below = (short) (bits >>> 16); // towards zero; the next has the larger magnitude
        short above = (short) (below + 1);
        int rest = bits & 0xFFFF;
        short nearest = rest > 0x8000 || rest == 0x8000 && (below & 1) == 1 ? above : below;
        assertEquals(nearest, rounded);
    }

    @Test
    void everyNumberComesBack() {
        for (int i = Short.MIN_VALUE; i <= Short.MAX_VALUE; i++) {
            float value = BFloat16.toFloat((short) i);
            if (!Float.isNaN(value)) {
                assertEquals((short) i, BFloat16.of(value));
            }
        }
    }

    @Test
    void arraysAreRoundedNumberByNumber() {
        float[] values = {1, -2.5f, 1.00390625f, Float.POSITIVE_INFINITY};
        assertArrayEquals(
                new float[] {1, -2.5f, 1, Float.POSITIVE_INFINITY},
                BFloat16.toFloats(BFloat16.ofAll(values)));
    }
}
