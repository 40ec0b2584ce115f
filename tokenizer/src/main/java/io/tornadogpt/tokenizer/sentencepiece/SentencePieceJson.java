package io.tornadogpt.tokenizer.sentencepiece;

import io.tornadogpt.tokenizer.AddedToken;
import io.tornadogpt.tokenizer.decoder.ByteFallback;
import io.tornadogpt.tokenizer.decoder.Decoder;
import io.tornadogpt.tokenizer.decoder.Decoders;
import io.tornadogpt.tokenizer.decoder.Fuse;
import io.tornadogpt.tokenizer.decoder.Replace;
import io.tornadogpt.tokenizer.decoder.Strip;
import io.tornadogpt.tokenizer.model.Bpe;
import io.tornadogpt.tokenizer.model.Merges;
import io.tornadogpt.tokenizer.model.Model;
import io.tornadogpt.tokenizer.model.Unigram;
import io.tornadogpt.tokenizer.model.Vocabulary;
import io.tornadogpt.tokenizer.normalizer.Normalizer;
import io.tornadogpt.tokenizer.normalizer.Normalizers;
import io.tornadogpt.tokenizer.normalizer.Precompiled;
import io.tornadogpt.tokenizer.pipeline.Pipeline;
import io.tornadogpt.tokenizer.regex.RegexException;
import io.tornadogpt.tokenizer.regex.TextPattern;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A `.model` file's pipeline in two versions: SentencePiece's own, to the letter, and one of
/// Hugging Face's stages for a `tokenizer.json`, which gives the same tokens for text without
/// oddities.
public final class SentencePieceJson {

    private static final String SPACE = String.valueOf(SentencePieceFile.SPACE);

    private SentencePieceJson() {}

    /// SentencePiece's own version.
    ///
    /// @param bytes of the `.model` file
    public static Pipeline pipeline(SentencePieceFile file, byte[] bytes) {
        SentencePieceModel model =
                switch (file.modelType()) {
                    case UNIGRAM -> new SentencePieceUnigram(file, bytes);
                    case BPE -> new SentencePieceBpe(file, bytes);
                    case WORD, CHAR -> new SentencePieceWords(file, bytes);
                };
        return Pipeline.of(
                controls(file),
                new SentencePieceNormalizer(file),
                null,
                model,
                null,
                new SentencePieceDecoder(file));
    }

    private static List<AddedToken> controls(SentencePieceFile file) {
        List<AddedToken> tokens = new ArrayList<>();
        for (int id = 0; id < file.pieces().size(); id++) {
            SentencePieceFile.Piece piece = file.pieces().get(id);
            switch (piece.type()) {
                case CONTROL, UNKNOWN -> tokens.add(AddedToken.special(id, piece.text()));
                case NORMAL, USER_DEFINED, UNUSED, BYTE -> {
                    // Found in text by the model.
                }
            }
        }
        return tokens;
    }

    /// The version for a `tokenizer.json`.
    public static Pipeline forJson(Pipeline own, SentencePieceModel model) {
        SentencePieceFile file = model.file();
        Map<Integer, AddedToken> added = new TreeMap<>();
        for (int id = 0; id < file.pieces().size(); id++) {
            SentencePieceFile.Piece piece = file.pieces().get(id);
            if (piece.type() == SentencePieceFile.PieceType.USER_DEFINED) {
                added.put(id, new AddedToken(id, piece.text(), false, false, false, false, false));
            }
        }
        own.added().all().forEach(token -> added.put(token.id(), token));
        return Pipeline.of(
                        added.values(),
                        normalizer(file),
                        null,
                        model(model),
                        own.postProcessor(),
                        decoder(file))
                .withLengths(own.truncation(), own.padding())
                .withConventions(own.conventions());
    }

    private static @Nullable Normalizer normalizer(SentencePieceFile file) {
        List<Normalizer> all = new ArrayList<>();
        if (file.charsMap() != null) {
            all.add(new Precompiled(file.charsMap()));
        }
        if (file.removeExtraWhitespaces()) {
            all.add(new Normalizers.Replace(expression("^ +| +$"), ""));
            all.add(new Normalizers.Replace(expression(" {2,}"), " "));
        }
        if (file.addDummyPrefix() && !file.treatWhitespaceAsSuffix()) {
            all.add(new Normalizers.Prepend(SPACE));
        }
        if (file.escapeWhitespaces()) {
            all.add(new Normalizers.Replace(TextPattern.literal(" "), SPACE));
        }
        return all.isEmpty() ? null : new Normalizers.Sequence(all);
    }

    private static TextPattern expression(String source) {
        try {
            // Lines do not matter here: \A and \z are the text's ends.
            return TextPattern.expression(source.replace("^", "\\A").replace("$", "\\z"));
        } catch (RegexException e) {
            throw new IllegalStateException(source, e);
        }
    }

    private static Decoder decoder(SentencePieceFile file) {
        List<Decoder> all = new ArrayList<>();
        all.add(new Replace(TextPattern.literal(SPACE), " "));
        if (file.byteFallback()) {
            all.add(new ByteFallback());
        }
        all.add(new Fuse());
        if (file.addDummyPrefix()) {
            all.add(new Strip(" ", 1, 0));
        }
        return new Decoders.Sequence(all);
    }

    private static Model model(SentencePieceModel model) {
        SentencePieceFile file = model.file();
        String unk = file.pieces().get(file.unk()).text();
        return switch (file.modelType()) {
            case UNIGRAM -> {
                double[] scores = new double[file.pieces().size()];
                for (int id = 0; id < scores.length; id++) {
                    scores[id] = file.pieces().get(id).score();
                }
                yield new Unigram(model.vocabulary(), scores, file.unk(), file.byteFallback());
            }
            case BPE, CHAR, WORD ->
                    new Bpe(
                            model.vocabulary(),
                            file.modelType() == SentencePieceFile.ModelType.BPE
                                    ? merges(file, model.vocabulary())
                                    : new Merges(0),
                            new Bpe.Settings(unk, null, null, true, file.byteFallback(), false));
        };
    }

    /// Every way in which two pieces make a third, the highest score first.
    private static Merges merges(SentencePieceFile file, Vocabulary vocabulary) {
        List<Integer> ordered = new ArrayList<>();
        for (int id = 0; id < file.pieces().size(); id++) {
            if (file.pieces().get(id).type() == SentencePieceFile.PieceType.NORMAL) {
                ordered.add(id);
            }
        }
        ordered.sort(Comparator.comparingDouble(id -> -(double) file.pieces().get(id).score()));
        Merges merges = new Merges(ordered.size());
        for (int id : ordered) {
            String piece = file.pieces().get(id).text();
            for (int cut = piece.offsetByCodePoints(0, 1); cut < piece.length(); ) {
                int left = vocabulary.id(piece.substring(0, cut));
                int right = vocabulary.id(piece.substring(cut));
                if (left != Vocabulary.NONE && right != Vocabulary.NONE) {
                    merges.add(left, right, id);
                }
                cut += Character.charCount(piece.codePointAt(cut));
            }
        }
        return merges;
    }
}
