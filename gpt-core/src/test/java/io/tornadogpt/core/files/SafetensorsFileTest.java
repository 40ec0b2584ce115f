package io.tornadogpt.core.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Reading what the reference implementation wrote (see golden.py), and valid files at the edges of
/// the format.
final class SafetensorsFileTest {
    @TempDir Path directory;
    private Path golden;

    @BeforeEach
    void copyGolden() throws IOException {
        golden = directory.resolve("golden.safetensors");
        try (var in = SafetensorsFileTest.class.getResourceAsStream("golden.safetensors")) {
            Files.copy(in, golden);
        }
    }

    @Test
    void referenceFileIsReadBitForBit() throws IOException {
        try (var file = SafetensorsFile.open(golden)) {
            float[] f32 = {0f, -0f, 1.5f, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 0};
            f32[5] = Float.MAX_VALUE;
            assertArrayEquals(f32, file.floats("f32"));
            float[] f16 = {1f, -2.5f, 65504f, 0x1p-24f, Float.POSITIVE_INFINITY};
            assertArrayEquals(f16, file.floats("f16"));
            float[] bf16 = {1f, -3.140625f, Float.POSITIVE_INFINITY, 0x1p-133f};
            assertArrayEquals(bf16, file.floats("bf16"));
            assertArrayEquals(new double[] {0.1, -1e300, Double.MIN_VALUE}, file.doubles("f64"));
            assertArrayEquals(new float[] {0.1f, Float.NEGATIVE_INFINITY, 0f}, file.floats("f64"));
            assertArrayEquals(new double[] {1, -3.140625, 1d / 0, 0x1p-133}, file.doubles("bf16"));
            assertArrayEquals(new long[] {-128, 0, 127}, file.longs("i8"));
            assertArrayEquals(new long[] {-32768, 32767}, file.longs("i16"));
            assertArrayEquals(new long[] {Integer.MIN_VALUE, Integer.MAX_VALUE}, file.longs("i32"));
            assertArrayEquals(new long[] {Long.MIN_VALUE, Long.MAX_VALUE}, file.longs("i64"));
            assertArrayEquals(new long[] {0, 255}, file.longs("u8"));
            assertArrayEquals(new long[] {65535}, file.longs("u16"));
            assertArrayEquals(new long[] {4294967295L}, file.longs("u32"));
            assertArrayEquals(new long[] {1, 0, 1}, file.longs("bool"));
            assertArrayEquals(new float[] {42}, file.floats("scalar"));
            assertArrayEquals(new float[] {}, file.floats("empty"));
            assertArrayEquals(new float[] {7}, file.floats("näme \"quoted\" 令牌 😀"));
        }
    }

    @Test
    void referenceHeaderIsListed() throws IOException {
        try (var file = TensorSource.open(golden)) {
            assertEquals(15, file.tensors().size());
            assertEquals("i64", file.tensors().getFirst().name());
            assertEquals(List.of(2L, 3L), file.tensor("f32").shape());
            assertEquals(6, file.tensor("f32").elements());
            assertEquals(StorageType.BF16, file.tensor("bf16").type());
            assertEquals(List.of(), file.tensor("scalar").shape());
            assertEquals(List.of(0L, 3L), file.tensor("empty").shape());
            assertEquals(Map.of("text", "tabs\tand \"quotes\" and ünïcode"), file.metadata());
            assertNull(file.find("absent"));
        }
    }

    @Test
    void missingTensorIsRefusedByName() throws IOException {
        try (var file = SafetensorsFile.open(golden)) {
            var e = assertThrows(ModelFileException.class, () -> file.floats("wte.weight"));
            assertEquals(golden, e.file());
            assertTrue(e.getMessage().contains("tensor 'wte.weight' is missing"), e.getMessage());
        }
    }

    @Test
    void typeThatIsNotConvertedIsRefusedByName() throws IOException {
        try (var file = SafetensorsFile.open(golden)) {
            var e = assertThrows(ModelFileException.class, () -> file.floats("i32"));
            assertTrue(e.getMessage().contains("'i32' has dtype I32"), e.getMessage());
            assertThrows(ModelFileException.class, () -> file.longs("f32"));
        }
    }

    @Test
    void destinationOfAnotherSizeIsRefused() throws IOException {
        try (var file = SafetensorsFile.open(golden)) {
            var seven = MemorySegment.ofArray(new float[7]);
            assertThrows(IllegalArgumentException.class, () -> file.readFloats("f32", seven));
            var odd = MemorySegment.ofArray(new byte[25]);
            assertThrows(IllegalArgumentException.class, () -> file.readFloats("f32", odd));
        }
    }

    @Test
    void bytesAreThoseOfTheFileAndReadOnly() throws IOException {
        try (var file = SafetensorsFile.open(golden)) {
            MemorySegment bytes = file.bytes("bf16");
            assertTrue(bytes.isReadOnly());
            byte[] expected = {(byte) 0x80, 0x3F, 0x49, (byte) 0xC0, (byte) 0x80, 0x7F, 1, 0};
            assertArrayEquals(expected, bytes.toArray(ValueLayout.JAVA_BYTE));
        }
    }

    @Test
    void closedFileGivesNoBytes() throws IOException {
        var file = SafetensorsFile.open(golden);
        MemorySegment bytes = file.bytes("u8");
        file.close();
        file.close();
        assertFalse(bytes.scope().isAlive());
        assertThrows(IllegalStateException.class, () -> bytes.get(ValueLayout.JAVA_BYTE, 0));
    }

    @Test
    void emptyFileOfTheFormatHasNoTensors() throws IOException {
        Path path = HandMade.file("{}", 0).write(directory.resolve("empty.safetensors"));
        try (var file = SafetensorsFile.open(path)) {
            assertEquals(List.of(), file.tensors());
        }
    }

    @Test
    void tensorsMayBeNamedInAnyOrderAndTheHeaderPadded() throws IOException {
        String header =
                """
                {"b":{"shape":[1],"data_offsets":[4,8],"dtype":"F32"},
                 "none":{"dtype":"F32","shape":[0],"data_offsets":[4,4]},
                 "\\u0061":{"dtype":"F32","shape":[],"data_offsets":[0,4]}} \s
                """;
        Path path = HandMade.file(header, 8).write(directory.resolve("a.safetensors"));
        try (var file = SafetensorsFile.open(path)) {
            var names = file.tensors().stream().map(StoredTensor::name).toList();
            assertEquals(List.of("a", "none", "b"), names);
        }
    }

    @Test
    void microscalingTypesAreListedByTheirBits() throws IOException {
        String header =
                """
                {"four":{"dtype":"F4","shape":[3,2],"data_offsets":[0,3]},
                 "six":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[3,6]}}\
                """;
        Path path = HandMade.file(header, 6).write(directory.resolve("mx.safetensors"));
        try (var file = SafetensorsFile.open(path)) {
            assertEquals(3, file.bytes("six").byteSize());
        }
    }
}
