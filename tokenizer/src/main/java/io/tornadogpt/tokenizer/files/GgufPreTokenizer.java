package io.tornadogpt.tokenizer.files;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.gguf.GgufException;
import io.tornadogpt.gguf.GgufMetadata;
import io.tornadogpt.tokenizer.pretokenizer.KnownPatterns;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// The ways of cutting text before byte-level BPE that GGUF files know by name.
enum GgufPreTokenizer {
    GPT2("gpt-2", List.of("gpt2", "olmo", "phi-2", "jina-es", "jina-de", "mpt")),
    LLAMA3("llama-bpe", List.of("llama3", "llama-v3")),
    DBRX("dbrx", List.of("smaug-bpe")),
    QWEN2("qwen2", List.of("deepseek-r1-qwen")),
    FALCON("falcon", List.of("default"));

    private static final String KEY = "tokenizer.ggml.pre";

    private final String key;
    private final List<String> otherKeys;

    GgufPreTokenizer(String key, List<String> otherKeys) {
        this.key = key;
        this.otherKeys = otherKeys;
    }

    /// That of a file, which says nothing where it is old: llama.cpp then cuts as Falcon does.
    static GgufPreTokenizer of(GgufMetadata metadata) throws GgufException {
        String key = metadata.text(KEY);
        if (key == null) {
            return FALCON;
        }
        for (GgufPreTokenizer each : values()) {
            if (each.key.equals(key) || each.otherKeys.contains(key)) {
                return each;
            }
        }
        throw metadata.bad(
                KEY,
                "is '%s'; supported without %s: %s"
                        .formatted(
                                key,
                                GgufTokenizer.JSON,
                                Arrays.stream(values()).map(each -> each.key).toList()));
    }

    /// That which cuts as a `tokenizer.json` says, null where none does.
    ///
    /// @param preTokenizer of the file
    /// @param ignoresMerges whether a piece that is a token is not merged
    static @Nullable GgufPreTokenizer of(JsonNode preTokenizer, boolean ignoresMerges) {
        for (GgufPreTokenizer each : values()) {
            if (each.ignoresMerges() == ignoresMerges && each.cutsAs(preTokenizer)) {
                return each;
            }
        }
        return null;
    }

    String key() {
        return key;
    }

    boolean ignoresMerges() {
        return this == LLAMA3;
    }

    /// Whether a token for the beginning comes first unless a file says otherwise.
    boolean beginsTexts() {
        return this == LLAMA3;
    }

    /// As a `tokenizer.json` says it.
    JsonNode json() {
        return switch (this) {
            case GPT2 -> byteLevel(true);
            case LLAMA3, DBRX -> split(KnownPatterns.BY_THREE_DIGITS);
            case QWEN2 -> split(KnownPatterns.BY_ONE_DIGIT);
            case FALCON -> {
                ArrayNode steps = JsonNodeFactory.instance.arrayNode();
                steps.addObject().put("type", "Punctuation").put("behavior", "Contiguous");
                steps.add(byteLevel(true));
                steps.addObject().put("type", "Digits").put("individual_digits", false);
                steps.add(expression("[0-9][0-9][0-9]"));
                yield sequence(steps);
            }
        };
    }

    private boolean cutsAs(JsonNode preTokenizer) {
        return essence(json()).equals(essence(preTokenizer));
    }

    /// What changes the pieces: `trim_offsets` does not, and missing flags are what is usual.
    private static JsonNode essence(JsonNode preTokenizer) {
        JsonNode copy = preTokenizer.deepCopy();
        List<JsonNode> steps = new ArrayList<>(List.of(copy));
        copy.path("pretokenizers").forEach(steps::add);
        for (JsonNode step : steps) {
            if (step instanceof ObjectNode object) {
                object.remove("trim_offsets");
                if (object.path("type").asText().equals("ByteLevel")) {
                    defaults(object, Map.of("add_prefix_space", true, "use_regex", true));
                }
            }
        }
        return copy;
    }

    private static void defaults(ObjectNode object, Map<String, Boolean> values) {
        values.forEach(
                (key, value) -> {
                    if (!object.has(key)) {
                        object.put(key, value);
                    }
                });
    }

    private static ObjectNode byteLevel(boolean cuts) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("type", "ByteLevel")
                .put("add_prefix_space", false)
                .put("use_regex", cuts);
    }

    private static JsonNode split(String pattern) {
        ArrayNode steps = JsonNodeFactory.instance.arrayNode();
        steps.add(expression(pattern));
        steps.add(byteLevel(false));
        return sequence(steps);
    }

    private static ObjectNode expression(String pattern) {
        ObjectNode step = JsonNodeFactory.instance.objectNode().put("type", "Split");
        step.putObject("pattern").put("Regex", pattern);
        return step.put("behavior", "Isolated").put("invert", false);
    }

    private static ObjectNode sequence(ArrayNode steps) {
        ObjectNode sequence = JsonNodeFactory.instance.objectNode().put("type", "Sequence");
        sequence.set("pretokenizers", steps);
        return sequence;
    }
}
