package io.tornadogpt.tokenizer;

import com.fasterxml.jackson.databind.JsonNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// Finds a tokenizer's files and decides what kind they hold.
final class TokenizerFiles {

    private record FilePair(String vocabulary, String merges) {}

    static final String TOKENIZER_JSON = "tokenizer.json";

    /// Hugging Face's names and OpenAI's.
    private static final List<FilePair> FILE_PAIRS =
            List.of(
                    new FilePair(BpeFormat.VOCAB_JSON, BpeFormat.MERGES_TXT),
                    new FilePair("encoder.json", "vocab.bpe"));

    private TokenizerFiles() {}

    static Tokenizer load(Path path) throws IOException {
        if (Files.isDirectory(path)) {
            return loadDirectory(path);
        }
        String name = String.valueOf(path.getFileName());
        if (name.endsWith(RankFile.SUFFIX)) {
            return RankFile.read(path);
        }
        return fromJson(TokenizerJson.read(path));
    }

    private static Tokenizer loadDirectory(Path directory) throws IOException {
        Path json = directory.resolve(TOKENIZER_JSON);
        if (Files.exists(json)) {
            return fromJson(TokenizerJson.read(json));
        }
        for (FilePair pair : FILE_PAIRS) {
            Path vocabulary = directory.resolve(pair.vocabulary());
            if (Files.exists(vocabulary)) {
                return BpeFormat.read(vocabulary, directory.resolve(pair.merges()));
            }
        }
        throw new TokenizerFormatException(
                directory,
                "the directory holds no tokenizer; expected "
                        + TOKENIZER_JSON
                        + ", or vocab.json with merges.txt");
    }

    private static Tokenizer fromJson(TokenizerJson json) throws TokenizerFormatException {
        requirePlainBpe(json);
        JsonNode cutter = json.section("pre_tokenizer");
        if (cutter.isNull()) {
            return CharTokenizerFormat.read(json);
        }
        if (!cutter.path("type").asText().equals("ByteLevel")) {
            throw json.unsupported("pre_tokenizer", cutter, "\"ByteLevel\" or null");
        }
        return BpeFormat.read(json);
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
