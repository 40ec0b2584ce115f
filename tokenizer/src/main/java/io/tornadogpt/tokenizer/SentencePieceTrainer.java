package io.tornadogpt.tokenizer;

import io.tornadogpt.tokenizer.model.Vocabulary;
import io.tornadogpt.tokenizer.normalizer.CharsMap;
import io.tornadogpt.tokenizer.normalizer.NormalizationRules;
import io.tornadogpt.tokenizer.pipeline.Conventions;
import io.tornadogpt.tokenizer.sentencepiece.SentencePieceFile;
import io.tornadogpt.tokenizer.sentencepiece.SentencePieceFile.Piece;
import io.tornadogpt.tokenizer.sentencepiece.SentencePieceFile.PieceType;
import io.tornadogpt.tokenizer.sentencepiece.SentencePieceJson;
import io.tornadogpt.tokenizer.sentencepiece.SentencePieceNormalizer;
import io.tornadogpt.tokenizer.training.PieceRules;
import io.tornadogpt.tokenizer.training.SentenceMerging;
import io.tornadogpt.tokenizer.training.SentenceWords;
import io.tornadogpt.tokenizer.training.UnigramTraining;
import io.tornadogpt.tokenizer.training.WordCounts;

import org.jspecify.annotations.Nullable;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Trains a vocabulary of SentencePiece's kind (Kudo and Richardson 2018): a unigram model (Kudo
/// 2018), or byte-pair encoding over characters (Sennrich et al. 2016). Text is taken line by line,
/// spaces become U+2581, and pieces lie within words.
///
/// The names and defaults of the settings are those of SentencePiece's `TrainerSpec` and
/// `NormalizerSpec`, and so is the course of the training. Lines of any length count. The result
/// does not depend on the number of cores. [Tokenizer#save] writes a `tokenizer.model`, which
/// SentencePiece opens, and a `tokenizer.json`.
///
/// The ids: `<unk>`, `<s>`, `</s>`, control symbols, symbols that the user defined, the 256 bytes
/// if these are asked for, then pieces by their scores.
///
/// @param vocabularySize tokens wanted; fewer come where the text has no more pieces
/// @param controlSymbols tokens that text never becomes
/// @param userDefinedSymbols strings that are always a token where text has them
public record SentencePieceTrainer(
        Model model,
        int vocabularySize,
        Text text,
        Pieces pieces,
        List<String> controlSymbols,
        List<String> userDefinedSymbols) {

    /// The largest vocabulary.
    public static final int LARGEST = Vocabulary.MAX_TOKENS;

    /// The smallest vocabulary with byte fallback: three special tokens, 256 bytes, a character.
    public static final int SMALLEST_WITH_BYTES = 260;

    private static final int LONGEST_PIECE = 512;
    private static final Conventions ROLES =
            new Conventions(
                    Map.of("unk_token", "<unk>", "bos_token", "<s>", "eos_token", "</s>"),
                    List.of(),
                    null);

    private static final List<String> RESERVED = List.of("<unk>", "<s>", "</s>");

    /// How text becomes pieces.
    public enum Model {
        /// The most probable pieces.
        UNIGRAM(SentencePieceFile.ModelType.UNIGRAM),
        /// Merges by priority.
        BPE(SentencePieceFile.ModelType.BPE);

        private final SentencePieceFile.ModelType type;

        Model(SentencePieceFile.ModelType type) {
            this.type = type;
        }
    }

    /// How text changes before it is cut.
    public enum Normalization {
        /// Not at all.
        IDENTITY,
        /// Unicode's NFKC.
        NFKC,
        /// NFKC, and white space and control characters as in Google's translation systems.
        NMT_NFKC;

        @Nullable CharsMap rules() {
            return switch (this) {
                case IDENTITY -> null;
                case NFKC -> NormalizationRules.nfkc();
                case NMT_NFKC -> NormalizationRules.nmtNfkc();
            };
        }

        String fileName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// What happens to text before it is cut.
    ///
    /// @param addDummyPrefix whether a space comes before the text
    /// @param removeExtraWhitespaces whether spaces at the ends go and runs of them become one
    public record Text(
            Normalization normalization, boolean addDummyPrefix, boolean removeExtraWhitespaces) {}

    /// Which pieces may be.
    ///
    /// @param characterCoverage which share of the text's characters has to be made of pieces, 0.98
    ///   to 1; the rarest characters beyond it have none
    /// @param byteFallback whether characters without a piece become their bytes
    /// @param maxPieceLength in code points, 1 to 512
    /// @param splitByWhitespace whether no piece goes on behind a space
    /// @param splitByUnicodeScript whether no piece has letters of two scripts
    /// @param splitByNumber whether no piece has digits and letters
    /// @param splitDigits whether each digit is a piece of its own
    /// @param allowWhitespaceOnlyPieces whether pieces of several spaces may be
    public record Pieces(
            double characterCoverage,
            boolean byteFallback,
            int maxPieceLength,
            boolean splitByWhitespace,
            boolean splitByUnicodeScript,
            boolean splitByNumber,
            boolean splitDigits,
            boolean allowWhitespaceOnlyPieces) {

        /// @throws IllegalArgumentException if a value is out of range
        public Pieces {
            if (!(characterCoverage >= 0.98 && characterCoverage <= 1)) {
                throw new IllegalArgumentException(
                        "characterCoverage is " + characterCoverage + "; expected 0.98 to 1");
            }
            if (maxPieceLength < 1 || maxPieceLength > LONGEST_PIECE) {
                throw new IllegalArgumentException(
                        "maxPieceLength is " + maxPieceLength + "; expected 1 to " + LONGEST_PIECE);
            }
        }
    }

    /// SentencePiece's own defaults.
    public static final Text DEFAULT_TEXT = new Text(Normalization.NMT_NFKC, true, true);

    /// SentencePiece's own defaults.
    public static final Pieces DEFAULT_PIECES =
            new Pieces(0.9995, false, 16, true, true, true, false, false);

    /// Nothing of a text is lost but that it begins without a space, as in Llama 2's vocabulary.
    public static final Text EXACT_TEXT = new Text(Normalization.IDENTITY, true, false);

    /// Runs of spaces are pieces, digits stand alone, what has no piece becomes bytes, as in Llama
    /// 2's vocabulary.
    public static final Pieces EXACT_PIECES =
            new Pieces(0.99995, true, 16, true, true, true, true, true);

    /// @throws IllegalArgumentException if the settings cannot make a vocabulary
    public SentencePieceTrainer {
        controlSymbols = List.copyOf(controlSymbols);
        userDefinedSymbols = List.copyOf(userDefinedSymbols);
        requireNames(controlSymbols, userDefinedSymbols, pieces.byteFallback());
        int smallest = special(controlSymbols, userDefinedSymbols, pieces) + 1;
        if (vocabularySize < smallest || vocabularySize > LARGEST) {
            throw new IllegalArgumentException(
                    "vocabularySize is "
                            + vocabularySize
                            + "; expected "
                            + smallest
                            + " (one more than the special pieces"
                            + (pieces.byteFallback() ? " and bytes" : "")
                            + ") to "
                            + LARGEST);
        }
    }

    /// SentencePiece's default settings.
    public SentencePieceTrainer(Model model, int vocabularySize) {
        this(model, vocabularySize, DEFAULT_TEXT, DEFAULT_PIECES, List.of(), List.of());
    }

    /// The settings for a model of language that writes what it reads: [#EXACT_TEXT] and
    /// [#EXACT_PIECES].
    public static SentencePieceTrainer exact(Model model, int vocabularySize) {
        return new SentencePieceTrainer(
                model, vocabularySize, EXACT_TEXT, EXACT_PIECES, List.of(), List.of());
    }

    private static void requireNames(List<String> control, List<String> user, boolean bytes) {
        Set<String> names = new HashSet<>(RESERVED);
        List<String> all = new ArrayList<>(control);
        all.addAll(user);
        for (String name : all) {
            boolean isByte = bytes && name.matches("<0x[0-9A-F]{2}>");
            if (name.isEmpty() || isByte || !names.add(name) || name.indexOf('\t') >= 0) {
                throw new IllegalArgumentException(
                        "control and user-defined symbols "
                                + all
                                + ": expected distinct strings without tabs, other than "
                                + RESERVED
                                + " and the names of bytes");
            }
        }
    }

    private static int special(List<String> control, List<String> user, Pieces pieces) {
        return RESERVED.size() + control.size() + user.size() + (pieces.byteFallback() ? 256 : 0);
    }

    /// Trains on one text.
    public Tokenizer train(String text) {
        try {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            return train(new ByteArrayInputStream(utf8), TrainingProgress.SILENT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Trains on a stream of UTF-8 text.
    ///
    /// @throws UnencodableTextException if the bytes are not UTF-8
    /// @throws IllegalArgumentException if the vocabulary is too small for the text's characters
    public Tokenizer train(InputStream utf8, TrainingProgress progress) throws IOException {
        List<Piece> all = specialPieces();
        CharsMap rules = text.normalization().rules();
        SentencePieceNormalizer normalizer = new SentencePieceNormalizer(file(all, rules));
        SentenceWords.Cutter cutter =
                new SentenceWords.Cutter(
                        normalizer,
                        all.stream().map(Piece::text).toList(),
                        pieces.splitByWhitespace(),
                        pieces.allowWhitespaceOnlyPieces());
        SentenceWords sentences =
                SentenceWords.of(
                        WordCounts.of(utf8, false, cutter, progress), pieces.characterCoverage());
        List<String> required = sentences.characters();
        int ordinary = vocabularySize - all.size();
        if (required.size() > ordinary) {
            throw new IllegalArgumentException(
                    "vocabularySize is "
                            + vocabularySize
                            + ", but "
                            + all.size()
                            + " special pieces and bytes and the text's "
                            + required.size()
                            + " characters need "
                            + (all.size() + required.size())
                            + "; ask for more, or for a smaller characterCoverage than "
                            + pieces.characterCoverage());
        }
        switch (model) {
            case UNIGRAM -> addUnigram(sentences.words(), required, ordinary, all, progress);
            case BPE -> addMerged(sentences.words(), required, ordinary, all, progress);
        }
        SentencePieceFile file = file(all, rules);
        return new PipelineTokenizer(
                SentencePieceJson.pipeline(file, file.toBytes()).withConventions(ROLES));
    }

    private void addUnigram(
            List<WordCounts.Word> words,
            List<String> required,
            int ordinary,
            List<Piece> all,
            TrainingProgress progress) {
        List<UnigramTraining.Piece> trained =
                UnigramTraining.train(
                        words,
                        rules(),
                        vocabularySize,
                        ordinary,
                        required,
                        left -> progress.pruned(left, vocabularySize));
        for (UnigramTraining.Piece piece : trained) {
            all.add(new Piece(piece.text(), (float) piece.score(), PieceType.NORMAL));
        }
    }

    private void addMerged(
            List<WordCounts.Word> words,
            List<String> required,
            int ordinary,
            List<Piece> all,
            TrainingProgress progress) {
        int before = all.size() + required.size();
        List<String> merged =
                SentenceMerging.train(
                        words,
                        rules(),
                        ordinary - required.size(),
                        found -> progress.merged(before + found, vocabularySize));
        List<String> texts = new ArrayList<>(merged);
        texts.addAll(required);
        for (int i = 0; i < texts.size(); i++) {
            all.add(new Piece(texts.get(i), -i, PieceType.NORMAL));
        }
    }

    private PieceRules rules() {
        return new PieceRules(
                pieces.maxPieceLength(),
                pieces.splitByWhitespace(),
                pieces.splitByUnicodeScript(),
                pieces.splitByNumber(),
                pieces.splitDigits(),
                pieces.allowWhitespaceOnlyPieces());
    }

    private List<Piece> specialPieces() {
        List<Piece> special = new ArrayList<>();
        special.add(new Piece(RESERVED.getFirst(), 0, PieceType.UNKNOWN));
        RESERVED.stream().skip(1).forEach(s -> special.add(new Piece(s, 0, PieceType.CONTROL)));
        controlSymbols.forEach(s -> special.add(new Piece(s, 0, PieceType.CONTROL)));
        userDefinedSymbols.forEach(s -> special.add(new Piece(s, 0, PieceType.USER_DEFINED)));
        for (int b = 0; pieces.byteFallback() && b < 256; b++) {
            special.add(new Piece("<0x%02X>".formatted(b), 0, PieceType.BYTE));
        }
        return special;
    }

    private SentencePieceFile file(List<Piece> all, @Nullable CharsMap rules) {
        return new SentencePieceFile(
                all,
                model.type,
                pieces.byteFallback(),
                false,
                SentencePieceFile.DEFAULT_UNK_SURFACE,
                text.normalization().fileName(),
                rules,
                text.addDummyPrefix(),
                text.removeExtraWhitespaces(),
                true);
    }
}
