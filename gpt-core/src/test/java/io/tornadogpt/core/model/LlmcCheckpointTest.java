package io.tornadogpt.core.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.model.graph.Parameter;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

class LlmcCheckpointTest {
    @TempDir Path folder;

    private Path write(GptConfig config, StorageType type) throws IOException {
        Path file = folder.resolve("model.bin");
        LlmcCheckpoint.save(file, config.model(), TinyModels.WEIGHTS, type);
        return file;
    }

    private static float[] read(Path file, String name) throws IOException {
        StoredModel stored = StoredModel.open(file);
        try (OpenWeights weights = stored.openWeights()) {
            for (Parameter parameter : new Model(stored.config()).parameters()) {
                for (int slice = 0; slice < parameter.spec().slices(); slice++) {
                    if (parameter.spec().sliceName(slice).equals(name)) {
                        return weights.read(parameter.spec(), slice);
                    }
                }
            }
        }
        throw new AssertionError(name);
    }

    /// The layout of llm.c's `train_gpt2.py`, counted by hand: L = 2, C = 6, 7 tokens padded to
    /// 128, 5 positions.
    @Test
    void bytesLieWhereLlmcLooksForThem() throws IOException {
        var bytes =
                ByteBuffer.wrap(Files.readAllBytes(write(TinyModels.GPT2, StorageType.F32)))
                        .order(ByteOrder.LITTLE_ENDIAN);
        var header = new int[9];
        bytes.asIntBuffer().get(header);
        assertArrayEquals(new int[] {20240326, 3, 5, 7, 2, 2, 6, 128, 0}, header);
        int elements = 128 * 6 + 5 * 6 + 2 * (12 * 36 + 13 * 6) + 2 * 6;
        assertEquals(1024 + 4 * elements, bytes.limit());

        var weights =
                bytes.slice(1024, 4 * elements).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer();
        Model model = new Model(TinyModels.GPT2);
        float[] embedding = TinyModels.WEIGHTS.read(model.parameters().getFirst().spec(), 0);
        assertEquals(embedding[6 * 6 + 5], weights.get(6 * 6 + 5));
        assertEquals(0, weights.get(7 * 6));
        // c_attn.weight of layer 1: behind wte, wpe, ln_1 of both layers, c_attn.weight of layer 0.
        int at = 128 * 6 + 5 * 6 + 2 * 2 * 6 + 18 * 6;
        Parameter attention =
                model.parameters().stream()
                        .filter(p -> p.spec().name().endsWith("c_attn.weight"))
                        .findFirst()
                        .orElseThrow();
        float[] ours = TinyModels.WEIGHTS.read(attention.spec(), 1);
        assertEquals(ours[11 * 6 + 4], weights.get(at + 11 * 6 + 4));
    }

    @Test
    void weightsComeBackWithoutAChangedBit() throws IOException {
        Path file = write(TinyModels.GPT2, StorageType.F32);
        assertEquals(TinyModels.GPT2.model(), StoredModel.open(file).config());
        for (Parameter parameter : new Model(TinyModels.GPT2).parameters()) {
            for (int slice = 0; slice < parameter.spec().slices(); slice++) {
                assertArrayEquals(
                        TinyModels.WEIGHTS.read(parameter.spec(), slice),
                        read(file, parameter.spec().sliceName(slice)));
            }
        }
    }

    @Test
    void halfPrecisionIsRounded() throws IOException {
        float[] rounded = read(write(TinyModels.GPT2, StorageType.BF16), "transformer.wpe.weight");
        float[] exact = read(write(TinyModels.GPT2, StorageType.F32), "transformer.wpe.weight");
        for (int i = 0; i < exact.length; i++) {
            assertEquals(exact[i], rounded[i], Math.abs(exact[i]) / 256);
            assertEquals(0, Float.floatToRawIntBits(rounded[i]) & 0xFFFF);
        }
    }

    @Test
    void modelWithoutBiasesIsWrittenWithZeros() throws IOException {
        Path file = write(TinyModels.GPT2.withBias(false), StorageType.F32);
        assertEquals(TinyModels.GPT2.model(), StoredModel.open(file).config());
        assertArrayEquals(new float[18], read(file, "transformer.h.1.attn.c_attn.bias"));
    }

    @Test
    void whatLlmcDoesNotHaveIsRefused() {
        for (GptConfig config : new GptConfig[] {TinyModels.UNTIED, TinyModels.GPT_NEO}) {
            assertThrows(IllegalArgumentException.class, () -> write(config, StorageType.F32));
        }
        assertThrows(IllegalArgumentException.class, () -> write(TinyModels.GPT2, StorageType.F16));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 20240327, the magic number",
        "1, 2, the version",
        "2, 0, positions",
        "2, 6, bytes",
        "3, 129, padded",
        "3, -1, vocabulary",
        "4, 2147483647, layers",
        "4, 1, bytes",
        "5, 4, heads",
        "5, 0, heads",
        "6, 2147483647, channels",
        "7, 6, padded",
        "7, 2147483647, padded"
    })
    void headerThatMakesNoSenseIsRefusedByName(int field, int value, String named)
            throws IOException {
        Path file = write(TinyModels.GPT2, StorageType.F32);
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(4 * field, value);
        Files.write(file, bytes);
        var e = assertThrows(ModelFileException.class, () -> StoredModel.open(file));
        assertTrue(String.valueOf(e.getMessage()).contains(named), e.getMessage());
        assertTrue(String.valueOf(e.getMessage()).startsWith(file.toString()), e.getMessage());
    }

    @Test
    void fileOfAnotherLengthIsRefused() throws IOException {
        Path file = write(TinyModels.GPT2, StorageType.F32);
        byte[] bytes = Files.readAllBytes(file);
        for (int length : new int[] {0, 1023, 1024, bytes.length - 1, bytes.length + 4}) {
            Files.write(file, Arrays.copyOf(bytes, length));
            var e = assertThrows(ModelFileException.class, () -> StoredModel.open(file));
            assertTrue(String.valueOf(e.getMessage()).contains(length + " bytes"), e.getMessage());
        }
    }
}
