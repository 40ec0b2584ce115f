package io.tornadogpt.core.model;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.files.ModelFileException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;

/// The JSON object in a `config.json`, read strictly: UTF-8, no key twice, nothing behind it, and
/// values of the kind that is asked for. A key that is null counts as missing.
final class ConfigDocument {
    /// Published configurations have a few kilobytes; a tree of this much takes little memory,
    /// whatever it is made of.
    private static final long LONGEST = 256 << 10;

    static final ObjectMapper JSON =
            new ObjectMapper(
                            JsonFactory.builder()
                                    .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(16)
                                                    .maxNumberLength(40)
                                                    .build())
                                    .build())
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Path file;
    private final JsonNode root;

    private ConfigDocument(Path file, JsonNode root) {
        this.file = file;
        this.root = root;
    }

    static ConfigDocument read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new ModelFileException(
                    file, "the file", "does not exist", "name a directory that holds a model");
        }
        long size = Files.size(file);
        if (size > LONGEST) {
            throw new ModelFileException(
                    file,
                    "the file",
                    "has %d bytes; a configuration has at most %d".formatted(size, LONGEST),
                    "check that it is a model's config.json");
        }
        try {
            var bytes = ByteBuffer.wrap(Files.readAllBytes(file));
            String text = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
            JsonNode root = JSON.readTree(text);
            if (!root.isObject()) {
                throw noJson(file, "it holds no object", null);
            }
            return new ConfigDocument(file, root);
        } catch (JsonProcessingException e) {
            String reason = e.getOriginalMessage().lines().findFirst().orElse("");
            throw noJson(file, BadFileException.quote(reason), e);
        } catch (CharacterCodingException e) {
            throw noJson(file, "it is not UTF-8", e);
        }
    }

    private static ModelFileException noJson(Path file, String why, @Nullable Exception cause) {
        return new ModelFileException(
                file,
                "the file",
                "is not the JSON of a configuration (" + why + ")",
                "fetch or export the model again",
                cause);
    }

    boolean has(String key) {
        return root.hasNonNull(key);
    }

    /// All keys, those that are null included.
    Iterator<String> keys() {
        return root.fieldNames();
    }

    JsonNode get(String key) {
        return root.path(key);
    }

    String text(String key, String otherwise) throws ModelFileException {
        if (!has(key)) {
            return otherwise;
        }
        if (!root.get(key).isTextual()) {
            throw bad(key, "is " + shown(key) + "; expected a string");
        }
        return root.get(key).textValue();
    }

    boolean flag(String key, boolean otherwise) throws ModelFileException {
        if (!has(key)) {
            return otherwise;
        }
        if (!root.get(key).isBoolean()) {
            throw bad(key, "is " + shown(key) + "; expected true or false");
        }
        return root.get(key).booleanValue();
    }

    int integer(String key, int otherwise) throws ModelFileException {
        if (!has(key)) {
            return otherwise;
        }
        JsonNode node = root.get(key);
        if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 1) {
            throw bad(key, "is " + shown(key) + "; expected a whole number from 1 to 2147483647");
        }
        return node.intValue();
    }

    double number(String key, double otherwise) throws ModelFileException {
        if (!has(key)) {
            return otherwise;
        }
        JsonNode node = root.get(key);
        if (!node.isNumber() || !Double.isFinite(node.doubleValue())) {
            throw bad(key, "is " + shown(key) + "; expected a finite number");
        }
        return node.doubleValue();
    }

    /// The value as it may stand in a message.
    String shown(String key) {
        return BadFileException.quote(root.path(key).toString());
    }

    ModelFileException bad(String field, String problem) {
        return bad(field, problem, null);
    }

    ModelFileException bad(String field, String problem, @Nullable Exception cause) {
        return new ModelFileException(
                file,
                field,
                problem,
                "use the config.json of a GPT-2 or GPT-Neo model that only has what is supported",
                cause);
    }
}
