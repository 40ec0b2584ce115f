package io.tornadogpt.core.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.tensor.BFloat16;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

final class SafetensorsWriterTest {
    @TempDir Path directory;

    @Test
    void rewritingTheReferenceFileGivesItsBytes() throws IOException {
        byte[] golden;
        try (var in = SafetensorsFileTest.class.getResourceAsStream("golden.safetensors")) {
            golden = in.readAllBytes();
        }
        Path original = Files.write(directory.resolve("original.safetensors"), golden);
        Path copy = directory.resolve("copy.safetensors");
        try (var file = SafetensorsFile.open(original)) {
            var writer = new SafetensorsWriter();
            file.metadata().forEach(writer::metadata);
            for (StoredTensor t : file.tensors()) {
                writer.tensor(t.name(), t.type(), t.shape(), file.bytes(t.name()));
            }
            writer.write(copy);
        }
        assertArrayEquals(golden, Files.readAllBytes(copy));
    }

    @Test
    void floatsOfEverySizeComeBackInOrder() throws IOException {
        // Sizes around the conversion's block and beyond the output buffer.
        long[] sizes = {0, 1, 7, 2047, 2048, 2049, 4096, 300_001};
        Path path = directory.resolve("floats.safetensors");
        var writer = new SafetensorsWriter();
        for (long size : sizes) {
            for (var type : List.of(StorageType.F32, StorageType.BF16, StorageType.F16)) {
                writer.tensor(name(size, type), type, List.of(size), counting());
            }
        }
        writer.write(path);
        try (var file = SafetensorsFile.open(path)) {
            for (long size : sizes) {
                for (var type : List.of(StorageType.F32, StorageType.BF16, StorageType.F16)) {
                    float[] floats = file.floats(name(size, type));
                    double[] doubles = file.doubles(name(size, type));
                    assertEquals(size, floats.length);
                    for (int i = 0; i < size; i++) {
                        assertEquals(element(i), floats[i], 0f, name(size, type));
                        assertEquals(element(i), doubles[i], 0d, name(size, type));
                    }
                }
            }
        }
    }

    @Test
    void equalTensorsGiveEqualBytes() throws IOException {
        Path one = directory.resolve("one");
        Path two = directory.resolve("two");
        writer().metadata("b", "2").metadata("a", "1").write(one);
        writer().metadata("a", "1").metadata("b", "2").write(two);
        assertEquals(-1, Files.mismatch(one, two));
    }

    @Test
    void dataBeginsAtMultipleOfEight() throws IOException {
        for (int length = 0; length < 9; length++) {
            Path path = directory.resolve("aligned");
            writer().metadata("pad", "x".repeat(length)).write(path);
            byte[] bytes = Files.readAllBytes(path);
            long header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
            assertEquals(0, header % 8);
            assertEquals(bytes.length, 8 + header + 8);
        }
    }

    @Test
    void earlierFileStaysWhereWritingFails() throws IOException {
        Path path = directory.resolve("kept");
        writer().write(path);
        byte[] before = Files.readAllBytes(path);
        FloatSource failing =
                (from, block, count) -> {
                    throw new IllegalStateException("no numbers");
                };
        var broken = writer().tensor("broken", StorageType.F32, List.of(3L), failing);
        assertThrows(IllegalStateException.class, () -> broken.write(path));
        assertArrayEquals(before, Files.readAllBytes(path));
        try (var files = Files.list(directory)) {
            assertEquals(List.of(path), files.toList());
        }
    }

    @Test
    void callersMistakesAreRefused() {
        var writer = writer();
        var none = MemorySegment.ofArray(new byte[0]);
        refused("taken", () -> writer.tensor("a", StorageType.U8, List.of(0L), none));
        refused("taken", () -> writer.tensor("__metadata__", StorageType.U8, List.of(0L), none));
        refused("takes 4 bytes", () -> writer.tensor("b", StorageType.F32, List.of(), none));
        refused("negative", () -> writer.tensor("b", StorageType.F32, List.of(-1L), none));
        refused(
                "below 2^63",
                () -> writer.tensor("b", StorageType.F32, List.of(1L << 61, 2L), none));
        refused("below 2^63", () -> writer.tensor("b", StorageType.F4, List.of(1L), none));
        refused("surrogate", () -> writer.tensor("\ud800", StorageType.U8, List.of(0L), none));
        refused("not as I32", () -> writer.tensor("b", StorageType.I32, List.of(1L), counting()));
        refused("twice", () -> writer.metadata("k", "1").metadata("k", "2"));
    }

    @Test
    void namesAndMetadataInAnyScriptComeBack() throws IOException {
        Path path = directory.resolve("names");
        String text = "\"\\\u0000\u001f\u007f é 令 😀 </script>";
        new SafetensorsWriter()
                .metadata(text, text)
                .tensor(text, StorageType.F32, List.of(), MemorySegment.ofArray(new float[1]))
                .write(path);
        try (var file = SafetensorsFile.open(path)) {
            assertEquals(text, file.metadata().get(text));
            assertEquals(text, file.tensors().getFirst().name());
        }
    }

    /// Against the definition: the nearest of the two neighbours, the even one in the middle.
    @Test
    void bfloat16IsTheNearestNeighbour() {
        var random = new Random(1);
        for (int i = 0; i < 200_000; i++) {
            float value = Float.intBitsToFloat(random.nextInt());
            short stored = BFloat16.of(value);
            float back = Float.intBitsToFloat(stored << 16);
            if (Float.isNaN(value)) {
                assertTrue(Float.isNaN(back));
                continue;
            }
            int bits = Float.floatToRawIntBits(value);
            double below = widened(bits & 0xFFFF0000);
            double above = widened((bits & 0xFFFF0000) + 0x10000);
            double down = Math.abs(value - below);
            double up = Math.abs(above - value);
            boolean evenBelow = (bits & 0x10000) == 0;
            double expected = down < up || (down == up && evenBelow) ? below : above;
            assertEquals(overflowing(expected), back, 0d, Integer.toHexString(bits));
        }
    }

    /// The value of bfloat16 bits, with 2^128 where infinity stands, as rounding sees it.
    private static double widened(int bits) {
        float value = Float.intBitsToFloat(bits);
        return Float.isInfinite(value) ? Math.copySign(0x1p128, value) : value;
    }

    private static double overflowing(double value) {
        return Math.abs(value) == 0x1p128 ? Math.copySign(Double.POSITIVE_INFINITY, value) : value;
    }

    private static SafetensorsWriter writer() {
        byte[] bytes = "12345678".getBytes(StandardCharsets.US_ASCII);
        return new SafetensorsWriter()
                .tensor("a", StorageType.F32, List.of(2L), MemorySegment.ofArray(bytes));
    }

    private static void refused(String expected, org.junit.jupiter.api.function.Executable call) {
        var e = assertThrows(IllegalArgumentException.class, call);
        assertTrue(e.getMessage().contains(expected), e.getMessage());
        assertFalse(e.getMessage().contains("\ud800"), "the message can be printed");
    }

    private static String name(long size, StorageType type) {
        return type + " x " + size;
    }

    private static FloatSource counting() {
        return (from, block, count) -> {
            for (int i = 0; i < count; i++) {
                block[i] = element(from + i);
            }
        };
    }

    /// Exact in every float type, and different for neighbouring blocks.
    private static float element(long index) {
        return index % 251 - 125;
    }
}
