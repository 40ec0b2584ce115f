package io.tornadogpt.evaluation.task;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

class BzipReaderTest {
    /// What Python's bz2 makes of two items of HellaSwag, one with a long run of a letter.
    static final String COMPRESSED =
            "QlpoOTFBWSZTWZV8Kf8AABtfgIAQQIEoACAAAQo/79/AAAggAIqGplPCmKPaU09QzUAEqPUaU9RtT9U0GgMZR7XZ7RdBUrXnv4FVzGpqvTKaDBghMj57oqZPhgjrSHFy7IJQwMgy1c2mNuVFnsvMrxG7mcYU0JIHrxGuk+sRUULDt9LEIj02NRRRJkQEWxjlJnKT1UcCCcbztkgqx0dNikrLdc5nKJSx/F3JFOFCQlXwp/w=";

    private static final byte[] BYTES = Base64.getDecoder().decode(COMPRESSED);

    @Test
    void textIsWhatWasCompressed() throws IOException {
        String text = new String(BzipReader.read(BYTES), StandardCharsets.UTF_8);
        assertEquals(12, text.lines().count());
        assertEquals("A man is sitting on a roof. he", text.lines().findFirst().orElseThrow());
        assertEquals("a".repeat(600), text.lines().toList().get(6));
        assertEquals("g\n", text.substring(text.length() - 2));
    }

    @Test
    void oneFileBehindAnotherIsReadToo() throws IOException {
        byte[] two = Arrays.copyOf(BYTES, 2 * BYTES.length);
        System.arraycopy(BYTES, 0, two, BYTES.length, BYTES.length);
        byte[] once = BzipReader.read(BYTES);
        byte[] twice = BzipReader.read(two);
        assertEquals(2 * once.length, twice.length);
        assertArrayEquals(once, Arrays.copyOfRange(twice, once.length, twice.length));
    }

    @Test
    void everyFlippedBitAndEveryCutIsFound() {
        for (int bit = 0; bit < 8 * BYTES.length; bit++) {
            byte[] damaged = BYTES.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            if (bit / 8 == 3) {
                continue; // the block's size, of which any that is large enough will do
            }
            int last = 8 * (BYTES.length - 1);
            if (bit < last) { // behind the end there may be bits that fill a byte
                assertThrows(IOException.class, () -> BzipReader.read(damaged), "bit " + bit);
            }
        }
        for (int length = 0; length < BYTES.length; length++) {
            byte[] cut = Arrays.copyOf(BYTES, length);
            assertThrows(IOException.class, () -> BzipReader.read(cut), "length " + length);
        }
    }
}
