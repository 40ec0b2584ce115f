package io.tornadogpt.tokenizer.files;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.tornadogpt.gguf.GgufWriter;
import io.tornadogpt.tokenizer.TokenRole;
import io.tornadogpt.tokenizer.Tokenizer;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;

/// Says in a GGUF file what a tokenizer is: as llama.cpp reads it, where it knows such tokenizers,
/// and as a `tokenizer.json` in any case.
public final class GgufTokenizerWriter {
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String SPACE = "\u2581";
    private static final String NONE = "none";

    private static final int NORMAL = 1;
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;
    private static final int UNUSED = (int) GgufTokenizer.UNUSED;
    private static final int BYTE = 6;

    private final Tokenizer tokenizer;
    private final int rows;
    private final GgufWriter out;
    private final JsonNode json;

    private GgufTokenizerWriter(Tokenizer tokenizer, int rows, GgufWriter out, byte[] json)
            throws IOException {
        this.tokenizer = tokenizer;
        this.rows = rows;
        this.out = out;
        this.json = MAPPER.readTree(json);
    }

    /// Writes a tokenizer.
    ///
    /// @param rows of the model's token embedding; ids that the tokenizer lacks are unused tokens
    /// @return what other programs cannot know of the tokenizer, in sentences
    public static List<String> write(Tokenizer tokenizer, int rows, GgufWriter out)
            throws IOException {
        byte[] json = Objects.requireNonNull(tokenizer.files().get(TokenizerFiles.TOKENIZER_JSON));
        var writer = new GgufTokenizerWriter(tokenizer, rows, out, json);
        String problem = writer.write();
        out.text(GgufTokenizer.JSON, new String(json, StandardCharsets.UTF_8));
        return problem == null
                ? List.of()
                : List.of(
                        "the tokenizer %s, which other readers of GGUF files do not know: they can give this model numbers of tokens, but no text"
                                .formatted(problem));
    }

    /// @return why there is nothing for llama.cpp, null where there is
    private @Nullable String write() {
        String type = json.path("model").path("type").asText();
        String problem =
                tokenizer.vocabularySize() > rows
                        ? "has %d tokens for %d rows of the model"
                                .formatted(tokenizer.vocabularySize(), rows)
                        : switch (type) {
                            case "BPE" -> bpe();
                            case "WordPiece" -> wordPiece();
                            default -> "is of the kind " + type;
                        };
        if (problem != null) {
            out.text(GgufTokenizer.MODEL, NONE);
        }
        for (TokenRole role : TokenRole.values()) {
            OptionalInt id = tokenizer.tokenFor(role);
            String key = GgufTokenizer.ROLES.get(role.key());
            if (id.isPresent() && key != null && id.getAsInt() < rows) {
                out.integer(key, id.getAsInt());
            }
        }
        ends();
        return problem;
    }

    /// A tokenizer that says nothing of roles may still know what ends a text.
    private void ends() {
        OptionalInt eos = tokenizer.tokenFor(TokenRole.EOS);
        List<Integer> ends = new ArrayList<>(tokenizer.endTokens());
        if (eos.isEmpty() && !ends.isEmpty() && ends.getFirst() < rows) {
            out.integer("tokenizer.ggml.eos_token_id", ends.removeFirst());
        } else if (eos.isPresent()) {
            ends.remove((Integer) eos.getAsInt());
        }
        if (!ends.isEmpty() && ends.getFirst() < rows) {
            out.integer("tokenizer.ggml.eot_token_id", ends.getFirst());
        }
    }

    private @Nullable String bpe() {
        JsonNode model = json.path("model");
        boolean bytes = model.path("byte_fallback").asBoolean(false);
        if (isByteLevel()) {
            return byteLevel(model);
        }
        return bytes ? sentencePiece(model) : "is made of characters";
    }

    private boolean isByteLevel() {
        return json.path("decoder").path("type").asText().equals("ByteLevel")
                || json.path("pre_tokenizer").toString().contains("\"ByteLevel\"");
    }

    private @Nullable String byteLevel(JsonNode model) {
        JsonNode pre = json.path("pre_tokenizer");
        var known = GgufPreTokenizer.of(pre, model.path("ignore_merges").asBoolean(false));
        if (known == null) {
            return "cuts text in a way of its own";
        }
        String normalizer = json.path("normalizer").path("type").asText("");
        if (!normalizer.isEmpty() && !normalizer.equals("NFC")) {
            return "changes text by " + normalizer;
        }
        out.text(GgufTokenizer.MODEL, "gpt2");
        out.text("tokenizer.ggml.pre", known.key());
        tokens(UnaryTypes.NONE);
        out.texts("tokenizer.ggml.merges", merges(model));
        around();
        return null;
    }

    private static List<String> merges(JsonNode model) {
        List<String> merges = new ArrayList<>();
        for (JsonNode merge : model.path("merges")) {
            merges.add(
                    merge.isArray()
                            ? merge.path(0).asText() + " " + merge.path(1).asText()
                            : merge.asText());
        }
        return merges;
    }

    /// Pieces that are made sooner have a higher score.
    private @Nullable String sentencePiece(JsonNode model) {
        String normalizer = json.path("normalizer").toString();
        if (normalizer.contains("Precompiled") || normalizer.contains("NFKC")) {
            return "changes text by tables of its own";
        }
        Map<String, Float> scores = new HashMap<>();
        float rank = 0;
        for (String merge : merges(model)) {
            scores.putIfAbsent(merge.replace(" ", ""), -rank);
            rank++;
        }
        out.text(GgufTokenizer.MODEL, "llama");
        out.text("tokenizer.ggml.pre", "default");
        String unk = model.path("unk_token").asText("");
        List<String> tokens =
                tokens(
                        (token, usual) -> {
                            if (token.equals(unk)) {
                                return UNKNOWN;
                            }
                            return token.matches("<0x[0-9A-F]{2}>") ? BYTE : usual;
                        });
        float[] all = new float[tokens.size()];
        for (int id = 0; id < all.length; id++) {
            all[id] = scores.getOrDefault(tokens.get(id), tokens.get(id).length() > 1 ? 0 : -rank);
        }
        out.numbers("tokenizer.ggml.scores", all);
        boolean prefix =
                normalizer.contains("Prepend")
                        || json.path("pre_tokenizer").toString().matches(".*\"(first|always)\".*");
        out.flag("tokenizer.ggml.add_space_prefix", prefix);
        if (!unk.isEmpty()) {
            roleOf(unk, TokenRole.UNK);
        }
        around();
        return null;
    }

    private @Nullable String wordPiece() {
        JsonNode normalizer = json.path("normalizer");
        if (!normalizer.path("type").asText().equals("BertNormalizer")
                || !normalizer.path("lowercase").asBoolean(true)) {
            return "keeps upper case";
        }
        out.text(GgufTokenizer.MODEL, "bert");
        Set<Integer> special = new HashSet<>(tokenizer.specialTokens().values());
        List<String> tokens = new ArrayList<>();
        int[] types = new int[rows];
        for (int id = 0; id < rows; id++) {
            String token = id < tokenizer.vocabularySize() ? tokenizer.token(id) : null;
            if (token == null) {
                tokens.add(unused(id));
                types[id] = UNUSED;
            } else if (special.contains(id)) {
                tokens.add(token);
                types[id] = CONTROL;
            } else {
                tokens.add(token.startsWith("##") ? token.substring(2) : SPACE + token);
                types[id] = NORMAL;
            }
        }
        out.texts(GgufTokenizer.TOKENS, tokens);
        out.integers(GgufTokenizer.TYPES, types);
        roleOf("[UNK]", TokenRole.UNK);
        roleOf("[SEP]", TokenRole.SEP);
        roleOf("[PAD]", TokenRole.PAD);
        roleOf("[CLS]", TokenRole.CLS);
        roleOf("[MASK]", TokenRole.MASK);
        return null;
    }

    /// Some tokenizers say by the names of tokens alone what they are for.
    private void roleOf(String token, TokenRole role) {
        OptionalInt id = tokenizer.id(token);
        if (id.isPresent() && tokenizer.tokenFor(role).isEmpty()) {
            out.integer(Objects.requireNonNull(GgufTokenizer.ROLES.get(role.key())), id.getAsInt());
        }
    }

    @FunctionalInterface
    private interface UnaryTypes {
        UnaryTypes NONE = (token, usual) -> usual;

        int of(String token, int usual);
    }

    private static String unused(int id) {
        return "[PAD" + id + "]";
    }

    private List<String> tokens(UnaryTypes changed) {
        Map<Integer, Integer> added = new HashMap<>();
        tokenizer
                .addedTokens()
                .forEach(token -> added.put(token.id(), token.special() ? CONTROL : USER_DEFINED));
        List<String> tokens = new ArrayList<>();
        int[] types = new int[rows];
        for (int id = 0; id < rows; id++) {
            String token = id < tokenizer.vocabularySize() ? tokenizer.token(id) : null;
            types[id] = token == null ? UNUSED : changed.of(token, added.getOrDefault(id, NORMAL));
            tokens.add(token == null ? unused(id) : token);
        }
        out.texts(GgufTokenizer.TOKENS, tokens);
        out.integers(GgufTokenizer.TYPES, types);
        return tokens;
    }

    /// Whether tokens for beginning and end stand around each text.
    private void around() {
        int[] around = tokenizer.addSpecialTokens();
        OptionalInt bos = tokenizer.tokenFor(TokenRole.BOS);
        OptionalInt eos = tokenizer.tokenFor(TokenRole.EOS);
        out.flag(
                "tokenizer.ggml.add_bos_token",
                bos.isPresent() && Arrays.stream(around).anyMatch(id -> id == bos.getAsInt()));
        out.flag(
                "tokenizer.ggml.add_eos_token",
                eos.isPresent()
                        && around.length > 0
                        && around[around.length - 1] == eos.getAsInt()
                        && !eos.equals(bos));
    }
}
