package io.tornadogpt.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Finds a tokenizer's files and decides what kind they hold.
final class TokenizerFiles {

    static final String TOKENIZER_JSON = "tokenizer.json";

    private TokenizerFiles() {}

    static Tokenizer load(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            return fromJson(TokenizerJson.read(path));
        }
        if (Files.exists(path.resolve(TOKENIZER_JSON))) {
            return fromJson(TokenizerJson.read(path.resolve(TOKENIZER_JSON)));
        }
        throw new TokenizerFormatException(
                path, "the directory holds no tokenizer; expected " + TOKENIZER_JSON);
    }

    private static Tokenizer fromJson(TokenizerJson json) throws TokenizerFormatException {
        requirePlainBpe(json);
        return CharTokenizerFormat.read(json);
    }

    /// Refuses what would change ids and is not supported. What cannot change them (padding,
    /// truncation, version) is not looked at.
    private static void requirePlainBpe(TokenizerJson json) throws TokenizerFormatException {
        JsonNode type = json.modelSetting("type");
        // Hugging Face's first files did not write the type; those with merges are BPE.
        if (!type.isNull() && !type.asText().equals("BPE")) {
            throw json.unsupported("model.type", type, "\"BPE\"");
        }
        requireNone(json, "normalizer", json.section("normalizer"));
        for (String name :
                List.of(
                        "dropout",
                        "unk_token",
                        "continuing_subword_prefix",
                        "end_of_word_suffix")) {
            requireNone(json, "model." + name, json.modelSetting(name));
        }
        JsonNode byteFallback = json.modelSetting("byte_fallback");
        if (!byteFallback.isNull() && !byteFallback.asText().equals("false")) {
            throw json.unsupported("model.byte_fallback", byteFallback, "false");
        }
    }

    private static void requireNone(TokenizerJson json, String field, JsonNode value)
            throws TokenizerFormatException {
        boolean none = value.isNull() || (value.isTextual() && value.textValue().isEmpty());
        if (!none) {
            throw json.unsupported(field, value, "null");
        }
    }
}
