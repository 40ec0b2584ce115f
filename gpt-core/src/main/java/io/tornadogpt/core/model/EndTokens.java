package io.tornadogpt.core.model;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.tornadogpt.core.files.ModelFileException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/// The tokens that end what a model writes, as its files tell.
public final class EndTokens {
    private static final String KEY = "eos_token_id";
    private static final String GENERATION_FILE = "generation_config.json";
    private static final ObjectMapper JSON = new ObjectMapper();

    private EndTokens() {}

    /// The ids under `eos_token_id` of a configuration, a number or a list.
    public static Set<Integer> of(ModelConfig config) {
        return ids(config.specialTokens().get(KEY), config.vocabulary());
    }

    /// As [#of(ModelConfig)], and those of the `generation_config.json` beside it, which may hold
    /// more: a chat model ends its turns with a token of its own.
    ///
    /// @param path a model directory; anything else has no such file
    /// @throws ModelFileException if the file is no JSON object
    public static Set<Integer> of(Path path, ModelConfig config) throws IOException {
        var ids = new TreeSet<>(of(config));
        Path file = path.resolve(GENERATION_FILE);
        if (Files.isRegularFile(file)) {
            ids.addAll(ids(read(file).get(KEY), config.vocabulary()));
        }
        return Collections.unmodifiableSet(ids);
    }

    private static JsonNode read(Path file) throws IOException {
        JsonNode root;
        try {
            root = JSON.readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw new ModelFileException(
                    file,
                    "the file",
                    "is not JSON (" + e.getOriginalMessage() + ")",
                    "repair it, or remove it",
                    e);
        }
        if (root == null || !root.isObject()) {
            throw new ModelFileException(
                    file, "the file", "holds no JSON object", "repair it, or remove it");
        }
        return root;
    }

    /// Ids beyond the vocabulary are left out: they cannot be drawn.
    private static Set<Integer> ids(@Nullable JsonNode value, int below) {
        var ids = new TreeSet<Integer>();
        if (value != null) {
            if (value.isArray()) {
                value.forEach(id -> add(ids, id, below));
            } else {
                add(ids, value, below);
            }
        }
        return ids;
    }

    private static void add(Set<Integer> ids, JsonNode id, int below) {
        boolean small = id.isIntegralNumber() && id.canConvertToInt();
        if (small && id.intValue() >= 0 && id.intValue() < below) {
            ids.add(id.intValue());
        }
    }
}
