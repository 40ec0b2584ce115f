package io.tornadogpt.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

class GgufWriterTest {
    @TempDir Path folder;

    @Test
    void whatIsWrittenIsReadBack() throws IOException {
        GgufWriter writer =
                new GgufWriter()
                        .text("a.text", "größer")
                        .integer("a.integer", 0xFFFF_FFFFL)
                        .number("a.number", 1e-6)
                        .flag("a.flag", true)
                        .texts("a.texts", List.of("", "中"))
                        .integers("a.integers", -1, 2)
                        .numbers("a.numbers", 1.5f)
                        .tensor("first", GgufType.F32, List.of(3L, 5L))
                        .tensor("second", GgufType.Q8_0, List.of(2L, 64L));
        List<GgufTensor> placed = writer.tensors();
        Path file = folder.resolve("written.gguf");
        byte[] header = writer.header();
        Files.write(file, Arrays.copyOf(header, (int) placed.getLast().end()));

        GgufHeader read = GgufHeader.read(file);
        assertEquals(placed, read.tensors());
        assertEquals(header.length, placed.getFirst().begin());
        assertEquals(0, placed.getLast().begin() % GgufWriter.ALIGNMENT);
        GgufMetadata all = read.metadata();
        assertEquals("größer", all.text("a.text"));
        assertEquals(0xFFFF_FFFFL, all.integer("a.integer").orElseThrow());
        assertEquals(1e-6, all.number("a.number").orElseThrow());
        assertTrue(all.flag("a.flag", false));
        assertEquals(List.of("", "中"), all.texts("a.texts"));
        assertArrayEquals(new long[] {-1, 2}, all.integers("a.integers"));
        assertArrayEquals(new float[] {1.5f}, all.numbers("a.numbers"));
    }

    @Test
    void whatCannotBeWrittenIsRefused() {
        GgufWriter writer = new GgufWriter().text("key", "");
        assertThrows(IllegalArgumentException.class, () -> writer.flag("key", true));
        assertThrows(IllegalArgumentException.class, () -> writer.integer("other", -1));
        assertThrows(
                IllegalArgumentException.class,
                () -> writer.tensor("t", GgufType.Q4_0, List.of(2L, 33L)));
    }
}
