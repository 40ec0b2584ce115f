package io.tornadogpt.core.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;

/// Blocks of random bits, and the numbers that the `gguf` wheel decodes from them: see
/// `golden_gguf_blocks.py`.
class GgufBlocksTest {
    private static final float CLOSE = 1e-6f; // the wheel multiplies in another order

    @ParameterizedTest
    @EnumSource(
            value = StorageType.class,
            names = {"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"})
    void numbersAreThoseOfTheWheel(StorageType type) throws IOException, URISyntaxException {
        var url = GgufBlocksTest.class.getResource("gguf-blocks.gguf");
        try (GgufFile file = GgufFile.open(Path.of(Objects.requireNonNull(url).toURI()))) {
            assertEquals(type, file.tensor(type.name()).type());
            float[] expected = file.floats(type.name() + ".numbers");
            float[] actual = file.floats(type.name());
            float largest = 0;
            for (float each : expected) {
                largest = Math.max(largest, Math.abs(each));
            }
            assertArrayEquals(expected, actual, CLOSE * largest, type.name());

            float[] row = new float[512];
            file.readFloats(type.name(), 512, MemorySegment.ofArray(row));
            assertArrayEquals(Arrays.copyOfRange(actual, 512, 1024), row, "the second row");
        }
    }
}
