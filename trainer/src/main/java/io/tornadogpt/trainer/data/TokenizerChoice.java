package io.tornadogpt.trainer.data;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.tokenizer.BpeTrainer;
import io.tornadogpt.tokenizer.CharTokenizer;
import io.tornadogpt.tokenizer.SentencePieceTrainer;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.tokenizer.TrainingProgress;
import io.tornadogpt.tokenizer.WordPieceTrainer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;

/// Which tokenizer a text is to be encoded with: one made from the text, or one that exists.
public sealed interface TokenizerChoice {

    /// One token for each character of the text.
    ///
    /// @param special tokens beside them
    record Characters(List<String> special) implements TokenizerChoice {
        public Characters {
            special = List.copyOf(special);
        }

        /// Without special tokens.
        public Characters() {
            this(List.of());
        }

        @Override
        public String toString() {
            return "char";
        }
    }

    /// Byte-level BPE trained on the text, with an end-of-text token.
    ///
    /// @param vocabularySize tokens wanted
    /// @param special tokens among them
    record Bpe(int vocabularySize, List<String> special) implements TokenizerChoice {
        /// @throws IllegalArgumentException where there is no vocabulary of that size
        public Bpe {
            special = List.copyOf(special);
            Kind.BPE.requireSize(vocabularySize);
        }

        /// Without special tokens.
        public Bpe(int vocabularySize) {
            this(vocabularySize, List.of());
        }

        @Override
        public String toString() {
            return Kind.BPE.prefix() + vocabularySize;
        }
    }

    /// A vocabulary of another kind trained on the text.
    ///
    /// @param kind any but [Kind#BPE]
    /// @param vocabularySize tokens wanted
    record Trained(Kind kind, int vocabularySize) implements TokenizerChoice {
        /// @throws IllegalArgumentException where there is no vocabulary of that size
        public Trained {
            if (kind == Kind.BPE) {
                throw new IllegalArgumentException("byte-level BPE is a choice of its own: Bpe");
            }
            kind.requireSize(vocabularySize);
        }

        private Tokenizer train(InputStream text, TrainingProgress progress) throws IOException {
            return switch (kind) {
                case WORDPIECE -> new WordPieceTrainer(vocabularySize).train(text, progress);
                case UNIGRAM ->
                        SentencePieceTrainer.exact(
                                        SentencePieceTrainer.Model.UNIGRAM, vocabularySize)
                                .train(text, progress);
                case SPBPE ->
                        SentencePieceTrainer.exact(SentencePieceTrainer.Model.BPE, vocabularySize)
                                .train(text, progress);
                case BPE -> throw new IllegalStateException("refused before");
            };
        }

        @Override
        public String toString() {
            return kind.prefix() + vocabularySize;
        }
    }

    /// The kinds of vocabularies that are trained on text, each written with its number of tokens,
    /// as in `unigram:8000`.
    enum Kind {
        /// Byte-level BPE.
        BPE("bpe", BpeTrainer.SMALLEST, BpeTrainer.LARGEST, "a token for each byte"),
        /// BERT's, with its special tokens.
        WORDPIECE(
                "wordpiece",
                WordPieceTrainer.SMALLEST,
                WordPieceTrainer.LARGEST,
                "five special tokens and one more"),
        /// SentencePiece's unigram model.
        UNIGRAM(
                "unigram",
                SentencePieceTrainer.SMALLEST_WITH_BYTES,
                SentencePieceTrainer.LARGEST,
                "three special tokens, a token for each byte and one more"),
        /// SentencePiece's byte-pair encoding.
        SPBPE(
                "spbpe",
                SentencePieceTrainer.SMALLEST_WITH_BYTES,
                SentencePieceTrainer.LARGEST,
                "three special tokens, a token for each byte and one more");

        private final String label;
        private final int smallest;
        private final int largest;
        private final String why;

        Kind(String label, int smallest, int largest, String why) {
            this.label = label;
            this.smallest = smallest;
            this.largest = largest;
            this.why = why;
        }

        private String prefix() {
            return label + ":";
        }

        private void requireSize(int size) {
            if (size < smallest || size > largest) {
                throw outOfRange(Integer.toString(size));
            }
        }

        private IllegalArgumentException outOfRange(String size) {
            return new IllegalArgumentException(
                    "tokenizer %s%s is out of range; expected %s%d, %s, to %s%d"
                            .formatted(prefix(), size, prefix(), smallest, why, prefix(), largest));
        }

        private TokenizerChoice of(String size) {
            if (size.matches("-?\\d{1,9}")) {
                int tokens = Integer.parseInt(size);
                return this == BPE ? new Bpe(tokens) : new Trained(this, tokens);
            }
            if (size.matches("-?\\d+")) {
                throw outOfRange(size);
            }
            throw new IllegalArgumentException(
                    "the tokenizer %sN needs a number of tokens, as in %s1024, not %s"
                            .formatted(prefix(), prefix(), BadFileException.quote(size)));
        }
    }

    /// One that is there before any text is.
    sealed interface Existing extends TokenizerChoice {
        Tokenizer open() throws IOException;
    }

    /// GPT-2's, whose vocabulary comes with a library.
    record Gpt2() implements Existing {
        @Override
        public Tokenizer open() throws IOException {
            return Tokenizer.gpt2();
        }

        @Override
        public String toString() {
            return GPT2;
        }
    }

    /// A tokenizer's file or directory.
    ///
    /// @param path absolute
    record Stored(Path path) implements Existing {
        @Override
        public Tokenizer open() throws IOException {
            return Tokenizer.load(path);
        }

        @Override
        public String toString() {
            return path.toString();
        }
    }

    /// The name of GPT-2's tokenizer.
    String GPT2 = "gpt2";

    /// Reads `gpt2` or a path.
    ///
    /// @throws IllegalArgumentException where it is a tokenizer that would have to be made
    static Existing existing(String text) {
        if (parse(text) instanceof Existing existing) {
            return existing;
        }
        throw new IllegalArgumentException(
                "tokenizer %s is made from text, and one that exists is needed here; name its file or folder, or gpt2"
                        .formatted(BadFileException.quote(text)));
    }

    /// Reads `char`, `bpe:N`, `wordpiece:N`, `unigram:N`, `spbpe:N`, `gpt2` or a path; a folder of
    /// such a name is `./gpt2`.
    ///
    /// @throws IllegalArgumentException where it is none of these
    static TokenizerChoice parse(String text) {
        if (text.equals("char")) {
            return new Characters();
        }
        if (text.equals(GPT2)) {
            return new Gpt2();
        }
        for (Kind kind : Kind.values()) {
            if (text.startsWith(kind.prefix())) {
                return kind.of(text.substring(kind.prefix().length()));
            }
        }
        Path path = Path.of(text).toAbsolutePath().normalize();
        if (text.isEmpty() || !Files.exists(path)) {
            throw new IllegalArgumentException(
                    "tokenizer %s is neither char nor bpe:N, wordpiece:N, unigram:N, spbpe:N or gpt2, and there is no such file or directory; check the path"
                            .formatted(BadFileException.quote(text)));
        }
        return new Stored(path);
    }

    /// The same with special tokens, where it is to be made; one that exists stays as it is.
    default TokenizerChoice with(List<String> special) {
        return switch (this) {
            case Characters _ -> new Characters(special);
            case Bpe(int size, List<String> _) -> new Bpe(size, special);
            case Trained trained -> trained; // WordPiece's are the same ones, the others have none
            case Existing existing -> existing;
        };
    }

    /// Makes or opens it.
    ///
    /// @param text to make it from
    default Tokenizer tokenizer(TextSource text, TrainingProgress progress) throws IOException {
        return tokenizer(text, Documents.FILES, progress);
    }

    /// Makes or opens it.
    ///
    /// @param text to make it from
    /// @param documents what separates them is no part of the text
    default Tokenizer tokenizer(TextSource text, Documents documents, TrainingProgress progress)
            throws IOException {
        return switch (this) {
            case Characters(List<String> special) -> {
                try (InputStream in = documents.plain(text)) {
                    yield CharTokenizer.train(in, special.toArray(String[]::new));
                }
            }
            case Bpe bpe -> {
                var special = new LinkedHashSet<>(bpe.special());
                // The smallest vocabulary has room for the bytes alone, and other special tokens
                // have
                // one that separates texts.
                if (special.isEmpty() && bpe.vocabularySize() > BpeTrainer.SMALLEST) {
                    special.add(Tokenizer.END_OF_TEXT);
                }
                var trainer = new BpeTrainer(bpe.vocabularySize(), 2, List.copyOf(special));
                try (InputStream in = documents.plain(text)) {
                    yield trainer.train(in, progress);
                }
            }
            case Trained trained -> {
                try (InputStream in = documents.plain(text)) {
                    yield trained.train(in, progress);
                }
            }
            case Existing existing -> existing.open();
        };
    }
}
