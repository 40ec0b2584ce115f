package io.tornadogpt.core.files;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

final class ShardedSafetensorsTest {
    private static final String FIRST = "model-00001-of-00002.safetensors";
    private static final String SECOND = "model-00002-of-00002.safetensors";

    @TempDir Path parent;
    private Path directory;

    @BeforeEach
    void writeShards() throws IOException {
        directory = Files.createDirectory(parent.resolve("model"));
        shard(FIRST, "a", "b");
        shard(SECOND, "c");
        index("\"a\":\"%1$s\",\"b\":\"%1$s\",\"c\":\"%2$s\"".formatted(FIRST, SECOND));
    }

    @Test
    void directoryOfShardsIsOneSource() throws IOException {
        try (var model = TensorSource.open(directory)) {
            var names = model.tensors().stream().map(StoredTensor::name).toList();
            assertEquals(List.of("a", "b", "c"), names);
            assertArrayEquals(new float[] {'a', 1}, model.floats("a"));
            assertArrayEquals(new float[] {'b', 1}, model.floats("b"));
            assertArrayEquals(new double[] {'c', 1}, model.doubles("c"));
            assertEquals("pt", model.metadata().get("format"));
            assertThrows(ModelFileException.class, () -> model.bytes("d"));
        }
    }

    @Test
    void shardMayBeSymbolicLinkAsInTheHubCache() throws IOException {
        Path blob = parent.resolve("blob");
        Files.move(directory.resolve(SECOND), blob);
        Files.createSymbolicLink(directory.resolve(SECOND), blob);
        try (var model = TensorSource.open(directory.resolve(TensorSource.INDEX_FILE))) {
            assertArrayEquals(new float[] {'c', 1}, model.floats("c"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "../secret.safetensors",
                "sub/../../secret.safetensors",
                "..",
                "/etc/passwd",
                "C:secret",
                "..\\\\secret",
                "",
                " ",
                "a\\u0000b"
            })
    void shardOutsideTheDirectoryIsRefused(String shard) throws IOException {
        shard("../secret.safetensors", "a");
        index("\"a\":\"" + shard + "\"");
        refused("is not a file inside the model's directory");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{\"weight_map\":{}}                           | is missing or empty",
                "{}                                            | is missing or empty",
                "{\"weight_map\":[]}                           | an array where an object",
                "{\"weight_map\":{\"a\":1}}                    | a number where a string",
                "{\"weight_map\":{\"a\":\"x\",\"a\":\"x\"}}    | 'a' stands twice",
                "{\"weight_map\":{\"a\":\"absent\"}}           | does not exist",
                "{\"weight_map\":{\"a\":\"x\"},\"weight_map\":1} | stands twice",
                "{\"metadata\":[[[[[[[[[[[[[[[[[[[[            | nesting depth",
                "[]                                            | an array where an object",
                "``                                            | ends in the middle"
            })
    void malformedIndexIsRefused(String json, String expected) throws IOException {
        Files.writeString(directory.resolve(TensorSource.INDEX_FILE), json);
        refused(expected);
    }

    @Test
    void indexAndShardsMustAgree() throws IOException {
        index("\"a\":\"%1$s\",\"c\":\"%2$s\"".formatted(FIRST, SECOND));
        refused("tensor 'b' is not the one that");
        index("\"a\":\"%1$s\",\"b\":\"%1$s\",\"c\":\"%1$s\"".formatted(FIRST));
        refused("tensor 'c' is not in shard");
    }

    @Test
    void singleFileGoesBeforeTheIndex() throws IOException {
        shard(TensorSource.SINGLE_FILE, "whole");
        try (var model = TensorSource.open(directory)) {
            assertEquals("whole", model.tensors().getFirst().name());
        }
    }

    private void refused(String expected) {
        var e = assertThrows(ModelFileException.class, () -> TensorSource.open(directory).close());
        assertTrue(e.getMessage().contains(expected), e.getMessage());
    }

    private void index(String weightMap) throws IOException {
        Files.writeString(
                directory.resolve(TensorSource.INDEX_FILE),
                "{\"metadata\":{\"total_size\":24,\"x\":[{}]},\"weight_map\":{" + weightMap + "}}");
    }

    private void shard(String file, String... tensors) throws IOException {
        var writer = new SafetensorsWriter().metadata("format", "pt");
        for (String name : tensors) {
            var values = MemorySegment.ofArray(new float[] {name.charAt(0), 1});
            writer.tensor(name, StorageType.F32, List.of(2L), values);
        }
        writer.write(directory.resolve(file));
    }
}
