package io.tornadogpt.tokenizer.files;

import com.fasterxml.jackson.databind.JsonNode;

import io.tornadogpt.tokenizer.AddedToken;
import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.tokenizer.decoder.Decoders;
import io.tornadogpt.tokenizer.json.JsonSection;
import io.tornadogpt.tokenizer.model.Bpe;
import io.tornadogpt.tokenizer.model.Merges;
import io.tornadogpt.tokenizer.model.Model;
import io.tornadogpt.tokenizer.model.Unigram;
import io.tornadogpt.tokenizer.model.Vocabulary;
import io.tornadogpt.tokenizer.model.WordLevel;
import io.tornadogpt.tokenizer.model.WordPiece;
import io.tornadogpt.tokenizer.normalizer.Normalizer;
import io.tornadogpt.tokenizer.normalizer.Normalizers;
import io.tornadogpt.tokenizer.pipeline.Padding;
import io.tornadogpt.tokenizer.pipeline.Pipeline;
import io.tornadogpt.tokenizer.pipeline.Truncation;
import io.tornadogpt.tokenizer.pretokenizer.PreTokenizers;
import io.tornadogpt.tokenizer.processor.PostProcessors;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Makes a pipeline of what a `tokenizer.json` says.
final class PipelineReader {

    private static final int LONGEST_WORD = 1 << 20;

    private PipelineReader() {}

    static Pipeline read(TokenizerJson json) throws TokenizerFormatException {
        Normalizer normalizer = Normalizers.read(json.section("normalizer"));
        Model model = model(json);
        checkAdded(json, model.vocabulary());
        return Pipeline.of(
                        json.addedTokens(),
                        normalizer,
                        PreTokenizers.read(json.section("pre_tokenizer")),
                        model,
                        PostProcessors.read(json.section("post_processor")),
                        Decoders.read(json.section("decoder")))
                .withLengths(
                        Truncation.read(json.section("truncation")),
                        Padding.read(json.section("padding")));
    }

    private static Model model(TokenizerJson json) throws TokenizerFormatException {
        JsonSection model = json.model();
        return switch (modelType(json)) {
            case "BPE" -> bpe(json, model);
            case "WordPiece" ->
                    new WordPiece(
                            vocabulary(json),
                            textOr(model, "unk_token", "[UNK]"),
                            textOr(model, "continuing_subword_prefix", "##"),
                            model.integer("max_input_chars_per_word", 0, LONGEST_WORD, 100));
            case "WordLevel" ->
                    new WordLevel(vocabulary(json), textOr(model, "unk_token", "<unk>"));
            case "Unigram" -> unigram(json, model);
            default ->
                    throw model.child("type")
                            .unsupported("\"BPE\", \"WordPiece\", \"WordLevel\" or \"Unigram\"");
        };
    }

    /// Hugging Face's first files did not write the type; their fields tell it.
    private static String modelType(TokenizerJson json) throws TokenizerFormatException {
        JsonSection model = json.model();
        if (model.has("type")) {
            return model.text("type");
        }
        if (json.hasPieces()) {
            return "Unigram";
        }
        return model.has("max_input_chars_per_word") ? "WordPiece" : "BPE";
    }

    private static String textOr(JsonSection section, String name, String otherwise)
            throws TokenizerFormatException {
        String value = section.textOrNull(name);
        return value == null ? otherwise : value;
    }

    private static Bpe bpe(TokenizerJson json, JsonSection model) throws TokenizerFormatException {
        JsonNode dropout = model.child("dropout").node();
        if (!model.child("dropout").isNull() && !(dropout.isNumber() && dropout.asDouble() == 0)) {
            throw model.child("dropout")
                    .refuse(
                            model.child("dropout").shown()
                                    + " is not supported, because it would give other tokens each"
                                    + " time; set it to null");
        }
        Bpe.Settings settings =
                new Bpe.Settings(
                        emptyIsNull(model.textOrNull("unk_token")),
                        emptyIsNull(model.textOrNull("continuing_subword_prefix")),
                        emptyIsNull(model.textOrNull("end_of_word_suffix")),
                        model.flag("fuse_unk", false),
                        model.flag("byte_fallback", false),
                        model.flag("ignore_merges", false));
        Vocabulary vocabulary = vocabulary(json);
        checkUnk(model, settings.unkToken(), vocabulary);
        List<TokenizerJson.Merge> spelled = json.merges();
        return new Bpe(
                vocabulary,
                merges(
                        spelled,
                        vocabulary,
                        settings.prefix(),
                        (index, what) -> json.refuse("model.merges[" + index + "] " + what)),
                settings);
    }

    private static void checkUnk(JsonSection model, @Nullable String unk, Vocabulary vocabulary)
            throws TokenizerFormatException {
        if (unk != null && vocabulary.id(unk) == Vocabulary.NONE) {
            throw model.child("unk_token")
                    .refuse("is " + JsonSection.quote(unk) + ", which model.vocab does not have");
        }
    }

    /// Makes a message about one merge into an exception.
    interface Refusal {
        TokenizerFormatException of(int index, String what);
    }

    /// Merges by id.
    ///
    /// @param prefix what the right of two tokens loses when they merge
    static Merges merges(
            List<TokenizerJson.Merge> spelled,
            Vocabulary vocabulary,
            @Nullable String prefix,
            Refusal refusal)
            throws TokenizerFormatException {
        Merges merges = new Merges(spelled.size());
        for (int rank = 0; rank < spelled.size(); rank++) {
            TokenizerJson.Merge merge = spelled.get(rank);
            String right = merge.right();
            if (prefix != null && right.startsWith(prefix)) {
                right = right.substring(prefix.length());
            }
            merges.add(
                    id(merge.left(), vocabulary, rank, refusal),
                    id(merge.right(), vocabulary, rank, refusal),
                    id(merge.left() + right, vocabulary, rank, refusal));
        }
        return merges;
    }

    private static int id(String token, Vocabulary vocabulary, int rank, Refusal refusal)
            throws TokenizerFormatException {
        int id = vocabulary.id(token);
        if (id == Vocabulary.NONE || token.isEmpty()) {
            throw refusal.of(rank, "names the unknown token " + JsonSection.quote(token));
        }
        return id;
    }

    private static Unigram unigram(TokenizerJson json, JsonSection model)
            throws TokenizerFormatException {
        List<TokenizerJson.ScoredPiece> pieces = json.pieces();
        if (pieces.isEmpty()) {
            throw json.refuse("model.vocab is empty");
        }
        double[] scores = new double[pieces.size()];
        List<String> tokens = new ArrayList<>(pieces.size());
        for (int id = 0; id < scores.length; id++) {
            scores[id] = pieces.get(id).score();
            tokens.add(pieces.get(id).piece());
        }
        int unk = model.integer("unk_id", 0, scores.length - 1, -1);
        return new Unigram(
                Vocabulary.of(tokens).hiding(special(json)),
                scores,
                unk,
                model.flag("byte_fallback", false));
    }

    private static Vocabulary vocabulary(TokenizerJson json) throws TokenizerFormatException {
        Map<String, Integer> ids = json.vocabulary();
        if (ids.isEmpty() && json.addedTokens().isEmpty()) {
            throw json.refuse("model.vocab is empty");
        }
        try {
            return Vocabulary.of(ids).hiding(special(json));
        } catch (IllegalArgumentException e) {
            throw new TokenizerFormatException(json.file(), "model.vocab " + e.getMessage(), e);
        }
    }

    private static BitSet special(TokenizerJson json) {
        BitSet special = new BitSet();
        for (AddedToken token : json.addedTokens()) {
            if (token.special()) {
                special.set(token.id());
            }
        }
        return special;
    }

    private static void checkAdded(TokenizerJson json, Vocabulary vocabulary)
            throws TokenizerFormatException {
        Map<String, Integer> ids = new HashMap<>();
        Map<Integer, String> names = new HashMap<>();
        for (AddedToken token : json.addedTokens()) {
            String quoted = JsonSection.quote(token.content());
            if (ids.put(token.content(), token.id()) != null) {
                throw json.refuse("added_tokens has " + quoted + " twice");
            }
            int known = vocabulary.id(token.content());
            if (known != Vocabulary.NONE && known != token.id()) {
                throw json.refuse(
                        "added_tokens gives "
                                + quoted
                                + " the id "
                                + token.id()
                                + " but model.vocab gives it "
                                + known);
            }
            String other = names.put(token.id(), token.content());
            if (other == null) {
                other = vocabulary.token(token.id());
            }
            if (other != null && !other.equals(token.content())) {
                throw json.refuse(
                        "added_tokens gives id "
                                + token.id()
                                + " to both "
                                + JsonSection.quote(other)
                                + " and "
                                + quoted);
            }
        }
    }

    private static @Nullable String emptyIsNull(@Nullable String text) {
        return text == null || text.isEmpty() ? null : text;
    }
}
