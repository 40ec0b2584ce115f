package io.tornadogpt.tokenizer.normalizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

class CharsMapTest {
    private static final int UNITS = 256;
    private static final int VALUE_BIT = 1 << 31;
    private static final int ENDS = 1 << 8;

    /// The key `a` ends in unit 0x61, and what it becomes is in unit 0x71.
    private static byte[] rules(int value) {
        ByteBuffer blob = ByteBuffer.allocate(4 + 4 * UNITS + 4).order(ByteOrder.LITTLE_ENDIAN);
        blob.putInt(0, 4 * UNITS);
        blob.putInt(4 + 4 * 0x61, 'a' | ENDS | 0x10 << 10);
        blob.putInt(4 + 4 * 0x71, value);
        blob.put(4 + 4 * UNITS, (byte) 'q');
        blob.put(4 + 4 * UNITS + 2, (byte) 'b');
        return blob.array();
    }

    @Test
    void aKeyBecomesItsReplacement() {
        CharsMap map = CharsMap.read(rules(VALUE_BIT | 2));

        assertEquals("b", map.ofAscii('a'));
        assertEquals("c", map.ofAscii('c'));
    }

    @Test
    void aKeyWhoseValueIsBeyondTheReplacementsIsRefused() {
        var refused =
                assertThrows(
                        IllegalArgumentException.class, () -> CharsMap.read(rules(VALUE_BIT | 4)));

        assertEquals(
                "has the replacement 4 in unit 113, but there are only 4 bytes of them",
                refused.getMessage());
    }

    @Test
    void aKeyWithoutAValueIsRefused() {
        var refused =
                assertThrows(IllegalArgumentException.class, () -> CharsMap.read(rules(1_000)));

        assertEquals(
                "ends a key in unit 97, but unit 113 is no value of a key", refused.getMessage());
    }
}
