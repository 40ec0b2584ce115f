package io.tornadogpt.tokenizer.files;

import io.tornadogpt.gguf.GgufException;
import io.tornadogpt.gguf.GgufHeader;
import io.tornadogpt.gguf.GgufMetadata;
import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.tokenizer.json.JsonSection;
import io.tornadogpt.tokenizer.pipeline.Conventions;
import io.tornadogpt.tokenizer.pipeline.Pipeline;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// The tokenizer in a GGUF file: `tokenizer.huggingface.json` where the file has it, which leaves
/// nothing to guess; else what `tokenizer.ggml.*` says, see [GgufVocabulary].
public final class GgufTokenizer {
    static final String MODEL = "tokenizer.ggml.model";
    static final String TOKENS = "tokenizer.ggml.tokens";
    static final String TYPES = "tokenizer.ggml.token_type";
    static final String JSON = "tokenizer.huggingface.json";

    /// The type of tokens that no text becomes.
    static final long UNUSED = 5;

    /// What files call the tokens of roles, by the name that `tokenizer_config.json` has.
    static final Map<String, String> ROLES =
            Map.of(
                    "bos_token", "tokenizer.ggml.bos_token_id",
                    "eos_token", "tokenizer.ggml.eos_token_id",
                    "unk_token", "tokenizer.ggml.unknown_token_id",
                    "sep_token", "tokenizer.ggml.seperator_token_id",
                    "pad_token", "tokenizer.ggml.padding_token_id",
                    "cls_token", "tokenizer.ggml.cls_token_id",
                    "mask_token", "tokenizer.ggml.mask_token_id");

    private static final List<String> MORE_ENDS =
            List.of("tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id");

    private GgufTokenizer() {}

    /// Whether a path is a GGUF file.
    public static boolean isGguf(Path path) throws IOException {
        return GgufHeader.isGguf(path);
    }

    /// Whether a GGUF file has a tokenizer.
    ///
    /// @throws TokenizerFormatException where the file breaks its format
    public static boolean isIn(Path file) throws IOException {
        GgufMetadata metadata = metadata(file);
        return metadata.has(JSON) || metadata.has(TOKENS);
    }

    /// Reads the tokenizer of a GGUF file.
    ///
    /// @throws TokenizerFormatException where there is none, or one that is not supported
    static Pipeline read(Path file) throws IOException {
        GgufMetadata metadata = metadata(file);
        try {
            String json = metadata.text(JSON);
            Pipeline pipeline;
            if (json != null) {
                pipeline = read(file, json.getBytes(StandardCharsets.UTF_8));
                requireSame(metadata, pipeline);
            } else if (metadata.has(TOKENS)) {
                pipeline = read(file, GgufVocabulary.json(metadata));
            } else {
                throw new TokenizerFormatException(
                        file, "has no tokenizer: neither " + JSON + " nor " + TOKENS + " is there");
            }
            return pipeline.withConventions(conventions(metadata, pipeline));
        } catch (GgufException e) {
            throw refused(e);
        }
    }

    private static Pipeline read(Path file, byte[] json) throws IOException {
        return PipelineReader.read(TokenizerJson.read(file, json));
    }

    private static GgufMetadata metadata(Path file) throws IOException {
        try {
            return GgufHeader.read(file).metadata();
        } catch (GgufException e) {
            throw refused(e);
        }
    }

    private static TokenizerFormatException refused(GgufException e) {
        return new TokenizerFormatException(
                e.file(), e.field() + " " + e.problem() + "; " + e.remedy(), e);
    }

    /// A file that says its tokens twice must say the same.
    private static void requireSame(GgufMetadata metadata, Pipeline pipeline) throws IOException {
        List<String> tokens = metadata.texts(TOKENS);
        long[] types = metadata.integers(TYPES);
        String model = metadata.text(MODEL);
        if (tokens == null || "bert".equals(model)) {
            return; // WordPiece is spelled in two ways
        }
        for (int id = 0; id < tokens.size(); id++) {
            boolean used = types == null || id >= types.length || types[id] != UNUSED;
            String own = id < pipeline.size() ? pipeline.token(id) : null;
            if (used && !tokens.get(id).equals(own)) {
                throw new TokenizerFormatException(
                        metadata.file(),
                        "%s[%d] is %s, but %s has %s there"
                                .formatted(
                                        TOKENS,
                                        id,
                                        JsonSection.quote(tokens.get(id)),
                                        JSON,
                                        own == null ? "no token" : JsonSection.quote(own)));
            }
        }
    }

    private static Conventions conventions(GgufMetadata metadata, Pipeline pipeline)
            throws IOException {
        Map<String, String> roles = new HashMap<>();
        for (var role : ROLES.entrySet()) {
            String token = token(metadata, role.getValue(), pipeline);
            if (token != null) {
                roles.put(role.getKey(), token);
            }
        }
        List<Integer> ends = new ArrayList<>();
        for (String key : MORE_ENDS) {
            OptionalLong id = metadata.integer(key);
            if (id.isPresent() && token(metadata, key, pipeline) != null) {
                ends.add((int) id.getAsLong());
            }
        }
        return new Conventions(roles, ends, null);
    }

    private static @Nullable String token(GgufMetadata metadata, String key, Pipeline pipeline)
            throws IOException {
        OptionalLong id = metadata.integer(key);
        if (id.isEmpty()) {
            return null;
        }
        boolean inside = id.getAsLong() >= 0 && id.getAsLong() < pipeline.size();
        return inside ? pipeline.token((int) id.getAsLong()) : null;
    }
}
