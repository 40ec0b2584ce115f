package io.tornadogpt.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/// A file that the `gguf` wheel wrote, with every type of value: see `golden_gguf.py`.
class GoldenFileTest {
    static Path golden() {
        try {
            var url = GoldenFileTest.class.getResource("golden.gguf");
            return Path.of(Objects.requireNonNull(url).toURI());
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void everyTypeOfValueIsRead() throws IOException {
        GgufHeader header = GgufHeader.read(golden());
        GgufMetadata all = header.metadata();
        assertEquals(3, header.version());
        assertEquals("llama", all.text("general.architecture"));
        assertEquals(200, all.integer("t.uint8").orElseThrow());
        assertEquals(-100, all.integer("t.int8").orElseThrow());
        assertEquals(60000, all.integer("t.uint16").orElseThrow());
        assertEquals(-30000, all.integer("t.int16").orElseThrow());
        assertEquals(4000000000L, all.integer("t.uint32").orElseThrow());
        assertEquals(-2000000000, all.integer("t.int32").orElseThrow());
        assertEquals(-(1L << 62), all.integer("t.int64").orElseThrow());
        assertEquals(1e-5, all.number("t.float32").orElseThrow());
        assertEquals(0.1, all.number("t.float64").orElseThrow());
        assertTrue(all.flag("t.true", false));
        assertFalse(all.flag("t.false", true));
        assertEquals("größer als 中文 🎉", all.text("t.text"));
        assertEquals(List.of("", "a", "ä🎉"), all.texts("t.texts"));
        assertArrayEquals(new long[] {1, -2, 3}, all.integers("t.integers"));
        assertArrayEquals(new float[] {0.5f, -1.25f}, all.numbers("t.numbers"));
        assertArrayEquals(new long[] {1, 0, 1}, all.integers("t.flags"));
        assertNull(all.text("t.missing"));
    }

    @Test
    void valueOfAnotherTypeIsRefusedByItsKey() throws IOException {
        GgufMetadata all = GgufHeader.read(golden()).metadata();
        var tooLarge = assertThrows(GgufException.class, () -> all.integer("t.uint64"));
        assertTrue(
                tooLarge.getMessage()
                        .contains(
                                "t.uint64 is 9223372036854775813; expected a whole number below"
                                        + " 2^63"),
                tooLarge.getMessage());
        assertThrows(GgufException.class, () -> all.text("t.int8"));
        assertThrows(GgufException.class, () -> all.integers("t.numbers"));
        assertThrows(GgufException.class, () -> all.texts("t.text"));
    }

    @Test
    void tensorsLieWhereTheWheelPutThem() throws IOException {
        List<GgufTensor> tensors = GgufHeader.read(golden()).tensors();
        assertEquals(
                List.of("f32", "f16", "vector", "bf16", "q8_0", "q4_0", "q5_1"),
                tensors.stream().map(GgufTensor::name).toList());
        assertEquals(List.of(3L, 64L), tensors.getFirst().shape());
        assertEquals(GgufType.Q8_0, tensors.get(4).type());
        assertEquals(3 * 2 * 34, tensors.get(4).byteSize());
        try (var channel = FileChannel.open(golden())) {
            ByteBuffer row = ByteBuffer.allocate(4 * 64).order(ByteOrder.LITTLE_ENDIAN);
            channel.read(row, tensors.getFirst().begin() + 4 * 64);
            assertEquals(0f, row.getFloat(0));
            assertEquals(63 / 64f, row.getFloat(4 * 63));
        }
    }
}
