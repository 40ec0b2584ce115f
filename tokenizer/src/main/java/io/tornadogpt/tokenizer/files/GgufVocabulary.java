package io.tornadogpt.tokenizer.files;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.gguf.GgufException;
import io.tornadogpt.gguf.GgufMetadata;
import io.tornadogpt.tokenizer.sentencepiece.PieceMerges;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/// From the vocabulary that GGUF files have under `tokenizer.ggml.*` to the `tokenizer.json` that
/// says the same: byte-level BPE (`gpt2`), SentencePiece's BPE (`llama`) and WordPiece (`bert`).
///
/// How text is cut is a name in these files, `tokenizer.ggml.pre`, whose meaning is in llama.cpp's
/// code; names that are not known here are refused.
///
/// Source: `llama-vocab.cpp` of llama.cpp.
final class GgufVocabulary {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String SPACE = "\u2581";
    private static final String MERGES = "tokenizer.ggml.merges";
    private static final String SCORES = "tokenizer.ggml.scores";

    private static final long UNKNOWN = 2;
    private static final long CONTROL = 3;
    private static final long USER_DEFINED = 4;

    private final GgufMetadata metadata;
    private final List<String> tokens;
    private final long[] types;
    private final ObjectNode root = MAPPER.createObjectNode();

    private GgufVocabulary(GgufMetadata metadata, List<String> tokens, long[] types) {
        this.metadata = metadata;
        this.tokens = tokens;
        this.types = types;
    }

    /// A `tokenizer.json`.
    static byte[] json(GgufMetadata metadata) throws IOException {
        List<String> tokens = metadata.texts(GgufTokenizer.TOKENS);
        if (tokens == null || tokens.isEmpty()) {
            throw metadata.bad(GgufTokenizer.TOKENS, "is missing or empty");
        }
        long[] types = metadata.integers(GgufTokenizer.TYPES);
        if (types != null && types.length != tokens.size()) {
            throw metadata.bad(
                    GgufTokenizer.TYPES,
                    "has %d elements for %d tokens".formatted(types.length, tokens.size()));
        }
        var vocabulary = new GgufVocabulary(metadata, tokens, types == null ? new long[0] : types);
        String model = metadata.text(GgufTokenizer.MODEL);
        switch (model) {
            case "gpt2" -> vocabulary.byteLevel();
            case "llama" -> vocabulary.sentencePiece();
            case "bert" -> vocabulary.wordPiece();
            case null, default ->
                    throw metadata.bad(
                            GgufTokenizer.MODEL,
                            "is %s; supported without %s: gpt2, llama, bert"
                                    .formatted(
                                            model == null ? "missing" : "'" + model + "'",
                                            GgufTokenizer.JSON));
        }
        return MAPPER.writeValueAsBytes(vocabulary.root);
    }

    private long type(int id) {
        return types.length == 0 ? 1 : types[id];
    }

    private void addedTokens() {
        ArrayNode added = root.putArray("added_tokens");
        for (int id = 0; id < tokens.size(); id++) {
            long type = type(id);
            if (type == CONTROL || type == UNKNOWN || type == USER_DEFINED) {
                added.addObject()
                        .put("id", id)
                        .put("content", tokens.get(id))
                        .put("single_word", false)
                        .put("lstrip", false)
                        .put("rstrip", false)
                        .put("normalized", false)
                        .put("special", type != USER_DEFINED);
            }
        }
    }

    private ObjectNode vocabulary(ObjectNode model) throws GgufException {
        ObjectNode vocab = model.putObject("vocab");
        for (int id = 0; id < tokens.size(); id++) {
            if (vocab.has(tokens.get(id))) {
                throw metadata.bad(
                        GgufTokenizer.TOKENS + "[" + id + "]", "stands in the list twice");
            }
            vocab.put(tokens.get(id), id);
        }
        return model;
    }

    private void byteLevel() throws IOException {
        List<String> merges = metadata.texts(MERGES);
        if (merges == null) {
            throw metadata.bad(MERGES, "is missing");
        }
        GgufPreTokenizer pre = GgufPreTokenizer.of(metadata);
        addedTokens();
        root.set("pre_tokenizer", pre.json());
        root.putObject("decoder").put("type", "ByteLevel").put("add_prefix_space", false);
        around(pre.beginsTexts(), false);
        ObjectNode model = vocabulary(root.putObject("model").put("type", "BPE"));
        model.put("ignore_merges", pre.ignoresMerges());
        ArrayNode pairs = model.putArray("merges");
        merges.forEach(pairs::add);
    }

    private void sentencePiece() throws IOException {
        float[] scores = metadata.numbers(SCORES);
        if (scores == null || scores.length != tokens.size()) {
            throw metadata.bad(
                    SCORES,
                    "has %d elements for %d tokens"
                            .formatted(scores == null ? 0 : scores.length, tokens.size()));
        }
        boolean prefix = metadata.flag("tokenizer.ggml.add_space_prefix", true);
        addedTokens();
        ArrayNode normalizers =
                root.putObject("normalizer").put("type", "Sequence").putArray("normalizers");
        if (prefix) {
            normalizers.addObject().put("type", "Prepend").put("prepend", SPACE);
        }
        replace(normalizers.addObject(), " ", SPACE);
        ArrayNode decoders = root.putObject("decoder").put("type", "Sequence").putArray("decoders");
        replace(decoders.addObject(), SPACE, " ");
        decoders.addObject().put("type", "ByteFallback");
        decoders.addObject().put("type", "Fuse");
        if (prefix) {
            decoders.addObject()
                    .put("type", "Strip")
                    .put("content", " ")
                    .put("start", 1)
                    .put("stop", 0);
        }
        around(true, false);
        ObjectNode model = vocabulary(root.putObject("model").put("type", "BPE"));
        model.put("byte_fallback", true).put("fuse_unk", true);
        OptionalLong unknown = metadata.integer("tokenizer.ggml.unknown_token_id");
        int unk = (int) unknown.orElse(0);
        if (unk >= 0 && unk < tokens.size()) {
            model.put("unk_token", tokens.get(unk));
        }
        ArrayNode merges = model.putArray("merges");
        PieceMerges.of(tokens, scores, id -> type(id) == 1)
                .forEach(pair -> merges.addArray().add(pair.left()).add(pair.right()));
    }

    private static void replace(ObjectNode step, String text, String with) {
        step.put("type", "Replace");
        step.putObject("pattern").put("String", text);
        step.put("content", with);
    }

    /// The tokens around a text, as the file says or else as is usual for its kind.
    private void around(boolean usualBegin, boolean usualEnd) throws IOException {
        String begin =
                metadata.flag("tokenizer.ggml.add_bos_token", usualBegin)
                        ? role("tokenizer.ggml.bos_token_id")
                        : null;
        String end =
                metadata.flag("tokenizer.ggml.add_eos_token", usualEnd)
                        ? role("tokenizer.ggml.eos_token_id")
                        : null;
        if (begin != null || end != null) {
            template(begin, end);
        }
    }

    private @Nullable String role(String key) throws GgufException {
        OptionalLong id = metadata.integer(key);
        boolean inside = id.isPresent() && id.getAsLong() >= 0 && id.getAsLong() < tokens.size();
        return inside ? tokens.get((int) id.getAsLong()) : null;
    }

    private void template(@Nullable String begin, @Nullable String end) {
        ObjectNode processor = root.putObject("post_processor").put("type", "TemplateProcessing");
        for (String name : List.of("single", "pair")) {
            ArrayNode steps = processor.putArray(name);
            special(steps, begin, 0);
            sequence(steps, "A", 0);
            if (name.equals("pair")) {
                special(steps, begin, 1);
                sequence(steps, "B", 1);
            }
            special(steps, end, 0);
        }
        ObjectNode used = processor.putObject("special_tokens");
        for (String token : new String[] {begin, end}) {
            if (token != null) {
                ObjectNode entry = used.putObject(token).put("id", token);
                entry.putArray("ids").add(tokens.indexOf(token));
                entry.putArray("tokens").add(token);
            }
        }
    }

    private static void special(ArrayNode steps, @Nullable String token, int type) {
        if (token != null) {
            steps.addObject().putObject("SpecialToken").put("id", token).put("type_id", type);
        }
    }

    private static void sequence(ArrayNode steps, String id, int type) {
        steps.addObject().putObject("Sequence").put("id", id).put("type_id", type);
    }

    /// Words begin with the sign for a space in these files, and parts of words with nothing, where
    /// BERT's own vocabulary has it the other way round.
    private void wordPiece() throws IOException {
        Map<String, Integer> ids = new HashMap<>();
        ObjectNode model = root.putObject("model").put("type", "WordPiece");
        ObjectNode vocab = model.putObject("vocab");
        ArrayNode added = root.putArray("added_tokens");
        for (int id = 0; id < tokens.size(); id++) {
            String token = tokens.get(id);
            boolean special = type(id) == CONTROL || type(id) == UNKNOWN || isBracketed(token);
            String own =
                    special ? token : token.startsWith(SPACE) ? token.substring(1) : "##" + token;
            if (ids.put(own, id) != null) {
                throw metadata.bad(
                        GgufTokenizer.TOKENS + "[" + id + "]", "stands in the list twice");
            }
            vocab.put(own, id);
            if (special) {
                added.addObject().put("id", id).put("content", own).put("special", true);
            }
        }
        String unk = role("tokenizer.ggml.unknown_token_id");
        model.put("unk_token", unk == null ? "[UNK]" : unk)
                .put("continuing_subword_prefix", "##")
                .put("max_input_chars_per_word", 100);
        // llama.cpp folds case and strips accents always.
        root.putObject("normalizer")
                .put("type", "BertNormalizer")
                .put("clean_text", true)
                .put("handle_chinese_chars", true)
                .put("lowercase", true);
        root.putObject("pre_tokenizer").put("type", "BertPreTokenizer");
        root.putObject("decoder").put("type", "WordPiece").put("prefix", "##").put("cleanup", true);
        String begin = role("tokenizer.ggml.cls_token_id");
        begin = begin == null ? role("tokenizer.ggml.bos_token_id") : begin;
        String end = role("tokenizer.ggml.seperator_token_id");
        template(
                begin == null && ids.containsKey("[CLS]") ? "[CLS]" : begin,
                end == null && ids.containsKey("[SEP]") ? "[SEP]" : end);
    }

    private static boolean isBracketed(String token) {
        return token.startsWith("[") && token.endsWith("]") && token.length() > 2;
    }
}
