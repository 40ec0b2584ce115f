package io.tornadogpt.core.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.files.GgufFile;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.gguf.GgufHeader;
import io.tornadogpt.gguf.GgufTensor;
import io.tornadogpt.gguf.GgufType;
import io.tornadogpt.gguf.GgufWriter;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// GGUF files as models; that every family comes back, and computes what it did, is tested where
/// there are models of all of them.
class GgufModelTest {
    @TempDir Path folder;

    private Path write(ModelConfig config, StorageType type) throws IOException {
        Path file = folder.resolve(type + ".gguf");
        GgufModel.export(config, TinyModels.WEIGHTS, type, new GgufWriter()).content().write(file);
        return file;
    }

    private static void assertSameWeights(ModelConfig config, StoredModel again)
            throws IOException {
        try (OpenWeights weights = again.openWeights()) {
            for (Parameter parameter : new Model(config).parameters()) {
                for (int slice = 0; slice < parameter.spec().slices(); slice++) {
                    assertArrayEquals(
                            TinyModels.WEIGHTS.read(parameter.spec(), slice),
                            weights.read(parameter.spec(), slice),
                            parameter.spec().sliceName(slice));
                }
            }
        }
    }

    @Test
    void gpt2ComesBackWithAndWithoutBiases() throws IOException {
        for (boolean bias : new boolean[] {true, false}) {
            ModelConfig config = new GptConfig(2, 2, 6, 5, 7, bias, 0).model();
            StoredModel again = StoredModel.open(write(config, StorageType.F32));
            assertTrue(config.hasWeightsOf(again.config()), again.config().toString());
            assertSameWeights(config, again);
        }
    }

    @Test
    void llamaComesBackWithItsRowsInOrder() throws IOException {
        StoredModel again = StoredModel.open(write(TinyModels.LLAMA, StorageType.F32));
        assertTrue(TinyModels.LLAMA.hasWeightsOf(again.config()), again.config().toString());
        assertSameWeights(TinyModels.LLAMA, again);
    }

    /// Programs that read these files take vectors and tables of positions in single precision.
    @Test
    void matricesAloneAreRounded() throws IOException {
        GgufHeader header = GgufHeader.read(write(TinyModels.GPT2.model(), StorageType.BF16));
        for (GgufTensor tensor : header.tensors()) {
            boolean rounded =
                    tensor.shape().size() > 1 && !tensor.name().startsWith("position_embd");
            assertEquals(rounded ? GgufType.BF16 : GgufType.F32, tensor.type(), tensor.name());
        }
    }

    @Test
    void gptNeoIsRefusedByItsName() {
        var refused =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> write(TinyModels.GPT_NEO.model(), StorageType.F32));
        assertTrue(refused.getMessage().contains("gpt_neo"), refused.getMessage());
        assertFalse(Files.exists(folder.resolve("F32.gguf")));
    }

    @Test
    void missingKeyAndUnknownArchitectureAreNamed() throws IOException {
        Path file = write(TinyModels.LLAMA, StorageType.F32);
        byte[] bytes = Files.readAllBytes(file);
        replace(bytes, "llama.block_count", "llama.block_kount");
        Files.write(file, bytes);
        assertRefused(file, "llama.block_count is missing");
        replace(bytes, "llama", "alpac"); // the value of general.architecture comes first
        Files.write(file, bytes);
        assertRefused(file, "general.architecture is 'alpac'; supported: [gpt2, llama,");
    }

    /// What is wrong with a value is said of the key that this file has.
    @Test
    void valueThatIsRefusedIsNamedByItsKey() throws IOException {
        Path file = write(TinyModels.LLAMA, StorageType.F32);
        byte[] bytes = Files.readAllBytes(file);
        String key = "llama.feed_forward_length";
        int at = indexOf(bytes, key) + key.length() + Integer.BYTES;
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(at, 0);
        Files.write(file, bytes);
        assertRefused(file, key + " is '0'; expected a whole number");
    }

    @Test
    void typeThatIsNotReadIsRefusedByItsName() throws IOException {
        GgufWriter writer =
                new GgufWriter()
                        .text("general.architecture", "gpt2")
                        .tensor("token_embd.weight", GgufType.IQ2_XXS, List.of(1L, 256L));
        Path file = folder.resolve("iq.gguf");
        byte[] header = writer.header();
        Files.write(file, ByteBuffer.allocate(header.length + 96).put(header).array());
        assertRefused(file, "'token_embd.weight' is stored as IQ2_XXS, which is not read");
    }

    @Test
    void tensorThatDoesNotFitIsNamed() throws IOException {
        Path file = write(TinyModels.GPT2.model(), StorageType.F32);
        byte[] bytes = Files.readAllBytes(file);
        replace(bytes, "blk.1.ffn_up.bias", "blk.7.ffn_up.bias");
        Files.write(file, bytes);
        assertRefused(file, "'blk.1.ffn_up.bias' is missing");
    }

    private static void assertRefused(Path file, String told) throws IOException {
        var refused = assertThrows(ModelFileException.class, () -> StoredModel.open(file));
        assertTrue(refused.getMessage().contains(told), refused.getMessage());
        assertTrue(GgufFile.is(file));
    }

    private static int indexOf(byte[] bytes, String text) {
        return new String(bytes, StandardCharsets.ISO_8859_1).indexOf(text);
    }

    private static void replace(byte[] bytes, String text, String by) {
        byte[] letters = by.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(letters, 0, bytes, indexOf(bytes, text), letters.length);
    }
}
