package io.tornadogpt.core.model.family;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.files.LfsPointer;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.model.arch.Architecture;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/// The JSON object in a `config.json`, read strictly: UTF-8, no key twice, nothing behind it, and
/// values of the kind that is asked for. A key that is null counts as missing.
///
/// Immutable, so that threads may share it.
public final class ConfigDocument {
    /// Published configurations have a few kilobytes; a tree of this much takes little memory,
    /// whatever it is made of.
    private static final long LONGEST = 256 << 10;

    /// Reads as strictly as this class does.
    public static final ObjectMapper JSON =
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

    private static final int MOST_ELEMENTS = 4096;

    private final Path file;
    private final String prefix; // of keys in messages
    private final JsonNode root;
    private final Map<String, String> names;

    private ConfigDocument(Path file, String prefix, JsonNode root, Map<String, String> names) {
        this.file = file;
        this.prefix = prefix;
        this.root = root;
        this.names = Map.copyOf(names);
    }

    /// What a file of another format says, in the words of a `config.json`.
    ///
    /// @param names what keys are called in that file, for messages
    public static ConfigDocument of(Path file, ObjectNode root, Map<String, String> names) {
        return new ConfigDocument(file, "", root.deepCopy(), names);
    }

    /// Reads a file.
    ///
    /// @throws ModelFileException where it is missing or no JSON object
    public static ConfigDocument read(Path file) throws IOException {
        if (!Files.exists(file) || Files.isDirectory(file)) {
            throw new ModelFileException(
                    file, "the file", "does not exist", "name a directory that holds a model");
        }
        byte[] content = content(file);
        if (LfsPointer.is(content)) {
            throw new ModelFileException(file, "the file", LfsPointer.PROBLEM, LfsPointer.REMEDY);
        }
        try {
            var bytes = ByteBuffer.wrap(content);
            String text = StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
            JsonNode root = JSON.readTree(text);
            if (!root.isObject()) {
                throw noJson(file, "it holds no object", null);
            }
            return new ConfigDocument(file, "", root, Map.of());
        } catch (JsonProcessingException e) {
            String reason = e.getOriginalMessage().lines().findFirst().orElse("");
            throw noJson(file, BadFileException.quote(reason), e);
        } catch (CharacterCodingException e) {
            throw noJson(file, "it is not UTF-8", e);
        }
    }

    /// All bytes of a file or pipe, which are not too many.
    private static byte[] content(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            byte[] content = in.readNBytes((int) LONGEST + 1);
            if (content.length > LONGEST) {
                throw new ModelFileException(
                        file,
                        "the file",
                        "has over %d bytes, and a configuration has at most as many"
                                .formatted(LONGEST),
                        "check that it is a model's config.json");
            }
            return content;
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

    /// The file that this was read from.
    public Path file() {
        return file;
    }

    /// All of it.
    public JsonNode root() {
        return root;
    }

    /// Whether a key is there and not null.
    public boolean has(String key) {
        return root.hasNonNull(key);
    }

    /// Whether a key is there and null, where that says something else than a missing key.
    public boolean isNull(String key) {
        return root.has(key) && root.get(key).isNull();
    }

    /// All keys, those that are null included.
    public Iterator<String> keys() {
        return root.fieldNames();
    }

    /// The value of a key, a missing node where there is none.
    public JsonNode get(String key) {
        return root.path(key);
    }

    /// The object under a key, whose keys are called `key.name` in messages.
    ///
    /// @throws ModelFileException where there is something else
    public ConfigDocument object(String key) throws ModelFileException {
        if (!root.path(key).isObject()) {
            throw bad(key, "is " + shown(key) + "; expected an object");
        }
        return new ConfigDocument(file, prefix + key + ".", root.path(key), names);
    }

    /// A list of strings, empty where the key is missing.
    public List<String> texts(String key) throws ModelFileException {
        var texts = new ArrayList<String>();
        if (has(key)) {
            for (JsonNode element : list(key)) {
                if (!element.isTextual()) {
                    throw bad(key, "is " + shown(key) + "; expected a list of strings");
                }
                texts.add(element.textValue());
            }
        }
        return texts;
    }

    private JsonNode list(String key) throws ModelFileException {
        JsonNode list = root.path(key);
        if (!list.isArray() || list.size() > MOST_ELEMENTS) {
            throw bad(
                    key,
                    "is %s; expected a list of at most %d".formatted(shown(key), MOST_ELEMENTS));
        }
        return list;
    }

    /// A size under one of two names, which must agree where both are there.
    ///
    /// @param key the family's own name
    /// @param alias the name that all families understand
    public int size(String key, String alias, int otherwise) throws ModelFileException {
        int value = integer(key, otherwise);
        if (!has(alias)) {
            return value;
        }
        int other = integer(alias, value);
        if (has(key) && other != value) {
            throw bad(alias, "is %d, but %s is %d".formatted(other, key, value));
        }
        return other;
    }

    /// A number of layers, under one of two names.
    public int layers(String key, String alias, int otherwise) throws ModelFileException {
        int value = size(key, alias, otherwise);
        if (value > Architecture.MOST_LAYERS) {
            throw bad(
                    key,
                    "is %d; expected at most %d layers".formatted(value, Architecture.MOST_LAYERS));
        }
        return value;
    }

    /// The quotient of two sizes, of which one must divide the other.
    public int divided(String key, int size, String partsKey, int parts) throws ModelFileException {
        if (size % parts != 0) {
            throw bad(key, "is %d, which %s, %d, does not divide".formatted(size, partsKey, parts));
        }
        return size / parts;
    }

    /// A finite number above 0.
    public double positive(String key, double otherwise) throws ModelFileException {
        double value = number(key, otherwise);
        if (value <= 0) {
            throw bad(key, "is " + shown(key) + "; expected a number above 0");
        }
        return value;
    }

    /// A probability of dropout.
    public double probability(String key, double otherwise) throws ModelFileException {
        double value = number(key, otherwise);
        if (value < 0 || value >= 1) {
            throw bad(key, "is " + shown(key) + "; expected 0 <= p < 1");
        }
        return value;
    }

    /// Refuses a switch that changes the numbers, but for the only value that is supported.
    public void requireFlag(String key, boolean supported) throws ModelFileException {
        if (flag(key, supported) != supported) {
            throw bad(key, "is " + !supported + ", which is not supported");
        }
    }

    /// A string.
    public String text(String key, String otherwise) throws ModelFileException {
        if (!has(key)) {
            return otherwise;
        }
        if (!root.get(key).isTextual()) {
            throw bad(key, "is " + shown(key) + "; expected a string");
        }
        return root.get(key).textValue();
    }

    /// True or false.
    public boolean flag(String key, boolean otherwise) throws ModelFileException {
        if (!has(key)) {
            return otherwise;
        }
        if (!root.get(key).isBoolean()) {
            throw bad(key, "is " + shown(key) + "; expected true or false");
        }
        return root.get(key).booleanValue();
    }

    /// A whole number from 1 on.
    public int integer(String key, int otherwise) throws ModelFileException {
        if (!has(key)) {
            return otherwise;
        }
        JsonNode node = root.get(key);
        if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 1) {
            throw bad(key, "is " + shown(key) + "; expected a whole number from 1 to 2147483647");
        }
        return node.intValue();
    }

    /// A finite number.
    public double number(String key, double otherwise) throws ModelFileException {
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
    public String shown(String key) {
        return BadFileException.quote(root.path(key).toString());
    }

    /// An exception that names the file, a key of it, and what is wrong with its value.
    public ModelFileException bad(String field, String problem) {
        return bad(field, problem, null);
    }

    /// As [#bad(String, String)], with the exception that told.
    public ModelFileException bad(String field, String problem, @Nullable Exception cause) {
        return new ModelFileException(
                file,
                names.getOrDefault(prefix + field, prefix + field),
                problem,
                names.isEmpty()
                        ? "use the config.json of a model that only has what is supported"
                        : "use a model that only has what is supported",
                cause);
    }
}
