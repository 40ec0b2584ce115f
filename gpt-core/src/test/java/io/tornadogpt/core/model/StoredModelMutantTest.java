package io.tornadogpt.core.model;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import com.sun.management.ThreadMXBean;

import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.files.TensorSource;
import io.tornadogpt.gguf.GgufWriter;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/// Valid configurations and checkpoints, damaged in seeded ways: each opens or is refused by a
/// [ModelFileException], takes no more heap than twice its size and 16 MiB, and of what opens every
/// weight can be read.
///
/// `-Dtornadogpt.mutants=20000` tries as many of each kind.
final class StoredModelMutantTest {
    private static final int MUTANTS = Integer.getInteger("tornadogpt.mutants", 600);
    private static final long SEED = 20_240_326;
    private static final long ALLOWANCE = 16 << 20;
    private static final String[] WORDS = {
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        "\\u0000",
        "\\ud800",
        "null",
        "true",
        "false",
        "-1",
        "0",
        "1e999",
        "1e-999",
        "NaN",
        "Infinity",
        "2147483647",
        "2147483648",
        "9223372036854775808",
        "1.5",
        "\"global\"",
        "\"local\"",
        "[[\"local\"], 2147483647]",
        "\"n_layer\": 1,",
        "\"num_layers\": 2,",
        "\"num_attention_heads\": 3,",
        "\"attention_layers\": [\"global\", \"local\"],",
        "\"n_inner\": 24,",
        "\"tornadogpt.bias\": false,",
        "\"tornadogpt.x\": 1,",
        "\"model_type\": \"gpt_neo\",",
        "../",
        "/etc/hostname",
        "C:\\\\",
        "\"weight_map\": {},",
        "\"transformer.wte.weight\": \"a.safetensors\",",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
    };

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @TempDir Path folder;

    @Test
    void mutantsOfGpt2ConfigurationsAreReadOrRefusedWithinBounds() throws IOException {
        configurations(TinyModels.GPT2);
    }

    @Test
    void mutantsOfGptNeoConfigurationsAreReadOrRefusedWithinBounds() throws IOException {
        configurations(TinyModels.GPT_NEO);
    }

    @Test
    void mutantsOfShardIndexesAreReadOrRefusedWithinBounds() throws IOException {
        Path directory = TinyModels.writeShards(folder.resolve("model"), TinyModels.GPT2);
        mutate(directory, directory.resolve(TensorSource.INDEX_FILE));
    }

    private void configurations(GptConfig config) throws IOException {
        Path directory = TinyModels.write(folder.resolve("model"), config);
        mutate(directory, directory.resolve(ModelDirectory.CONFIG_FILE));
    }

    private static void mutate(Path directory, Path file) throws IOException {
        byte[] original = Files.readAllBytes(file);
        int opened = 0;
        for (int i = 0; i < MUTANTS; i++) {
            byte[] mutant = mutate(original, new Random(SEED + i), true);
            Files.write(file, mutant);
            opened += opens(directory, mutant.length, SEED + i) ? 1 : 0;
        }
        // Both ends are exercised: not every change matters.
        assertTrue(opened > MUTANTS / 100, "opened " + opened);
        assertTrue(opened < MUTANTS / 2, "opened " + opened);
    }

    @Test
    void mutantsOfLlmcCheckpointsAreReadOrRefusedWithinBounds() throws IOException {
        Path file = folder.resolve("model.bin");
        LlmcCheckpoint.save(file, TinyModels.GPT2.model(), TinyModels.WEIGHTS, StorageType.BF16);
        byte[] original = Files.readAllBytes(file);
        int opened = 0;
        for (int i = 0; i < MUTANTS; i++) {
            byte[] mutant = mutate(original, new Random(SEED + i), false);
            Files.write(file, mutant);
            opened += opens(file, mutant.length, SEED + i) ? 1 : 0;
        }
        assertTrue(opened > MUTANTS / 100, "opened " + opened);
        assertTrue(opened < MUTANTS * 3 / 4, "opened " + opened);
    }

    @Test
    void mutantsOfGgufFilesOfGpt2AreReadOrRefusedWithinBounds() throws IOException {
        ggufFiles(TinyModels.GPT2.model());
    }

    @Test
    void mutantsOfGgufFilesOfLlamaAreReadOrRefusedWithinBounds() throws IOException {
        ggufFiles(TinyModels.LLAMA);
    }

    /// Most changes hit the header, for it is as long as all tensors together.
    private void ggufFiles(ModelConfig config) throws IOException {
        Path file = folder.resolve("model.gguf");
        var header = new GgufWriter().texts("tokenizer.ggml.tokens", List.of("a", "b", "c"));
        GgufModel.export(config, TinyModels.WEIGHTS, StorageType.F16, header).content().write(file);
        byte[] original = Files.readAllBytes(file);
        int opened = 0;
        for (int i = 0; i < MUTANTS; i++) {
            byte[] mutant = mutate(original, new Random(SEED + i), false);
            Files.write(file, mutant);
            opened += opens(file, mutant.length, SEED + i) ? 1 : 0;
        }
        assertTrue(opened > MUTANTS / 100, "opened " + opened);
        assertTrue(opened < MUTANTS * 3 / 4, "opened " + opened);
    }

    private static boolean opens(Path path, int size, long seed) {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        boolean opened = false;
        try {
            opened = TinyModels.readAll(StoredModel.open(path)) > 0;
        } catch (ModelFileException e) {
            opened = false;
        } catch (IOException | RuntimeException | Error e) {
            fail("seed " + seed + ": " + e, e);
        }
        long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
        assertTrue(
                allocated <= 2L * size + ALLOWANCE,
                "seed %d: %d bytes allocated for a file of %d".formatted(seed, allocated, size));
        return opened;
    }

    /// Configurations made to cost as much heap as their length permits.
    @Test
    void configurationsFullOfSmallThingsStayWithinBounds() throws IOException {
        Path directory = TinyModels.write(folder.resolve("model"), TinyModels.GPT2);
        var objects = new StringBuilder("{");
        for (int i = 0; objects.length() < 260_000; i++) {
            objects.append("\"%x\":{},".formatted(i));
        }
        objects.append("\"\":0}");
        for (String text :
                new String[] {
                    objects.toString(),
                    "{\"x\":[" + "[],".repeat(80_000) + "0]}",
                    "{\"x\":[" + "1.5,".repeat(60_000) + "0]}",
                    "{\"x\":\"" + "\u00e9".repeat(16_000) + "\"}",
                    "{" + " ".repeat(10_000_000) + "}",
                    "{\"model_type\":\"gpt_neo\",\"num_layers\":1000,\"attention_types\":[[["
                            + "\"local\",".repeat(20_000)
                            + "\"local\"],2147483647]]}"
                }) {
            Files.writeString(directory.resolve(ModelDirectory.CONFIG_FILE), text);
            opens(directory, text.getBytes(StandardCharsets.UTF_8).length, 0);
        }
    }

    private static byte[] mutate(byte[] original, Random random, boolean text) {
        byte[] mutant = original;
        for (int rounds = 1 + random.nextInt(3); rounds > 0; rounds--) {
            mutant =
                    switch (random.nextInt(text ? 7 : 5)) {
                        case 0 -> flipBit(mutant, random);
                        case 1 -> setByte(mutant, random);
                        case 2 ->
                                random.nextInt(4) == 0
                                        ? Arrays.copyOf(mutant, random.nextInt(mutant.length + 1))
                                        : mutant;
                        case 3 ->
                                random.nextInt(4) == 0
                                        ? Arrays.copyOf(mutant, mutant.length + random.nextInt(40))
                                        : mutant;
                        case 4 -> text ? changeDigit(mutant, random) : setField(mutant, random);
                        case 5 -> insertWord(mutant, random);
                        default -> repeatPart(mutant, random);
                    };
        }
        return mutant;
    }

    private static byte[] flipBit(byte[] bytes, Random random) {
        byte[] mutant = bytes.clone();
        if (mutant.length > 0) {
            mutant[random.nextInt(mutant.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return mutant;
    }

    private static byte[] setByte(byte[] bytes, Random random) {
        byte[] mutant = bytes.clone();
        if (mutant.length > 0) {
            mutant[random.nextInt(mutant.length)] = (byte) random.nextInt();
        }
        return mutant;
    }

    private static byte[] changeDigit(byte[] bytes, Random random) {
        byte[] mutant = bytes.clone();
        for (int tries = 0; tries < 200 && mutant.length > 0; tries++) {
            int at = random.nextInt(mutant.length);
            if (mutant[at] >= '0' && mutant[at] <= '9') {
                mutant[at] = (byte) ('0' + random.nextInt(10));
                break;
            }
        }
        return mutant;
    }

    /// One of the header's numbers becomes another.
    private static byte[] setField(byte[] bytes, Random random) {
        byte[] mutant = Arrays.copyOf(bytes, Math.max(32, bytes.length));
        var header = ByteBuffer.wrap(mutant).order(ByteOrder.LITTLE_ENDIAN);
        int at = Integer.BYTES * random.nextInt(8);
        header.putInt(
                at,
                switch (random.nextInt(4)) {
                    case 0 -> header.getInt(at) + random.nextInt(9) - 4;
                    case 1 -> random.nextInt();
                    case 2 -> random.nextInt(200);
                    default -> 1 << random.nextInt(32);
                });
        return mutant;
    }

    private static byte[] insertWord(byte[] bytes, Random random) {
        byte[] word = WORDS[random.nextInt(WORDS.length)].getBytes(StandardCharsets.US_ASCII);
        return insert(bytes, random.nextInt(bytes.length + 1), word);
    }

    private static byte[] repeatPart(byte[] bytes, Random random) {
        int from = random.nextInt(bytes.length + 1);
        int to = random.nextInt(bytes.length + 1);
        return from < to ? insert(bytes, to, Arrays.copyOfRange(bytes, from, to)) : bytes;
    }

    private static byte[] insert(byte[] bytes, int at, byte[] inserted) {
        var buffer = ByteBuffer.allocate(bytes.length + inserted.length);
        return buffer.put(bytes, 0, at).put(inserted).put(bytes, at, bytes.length - at).array();
    }
}
