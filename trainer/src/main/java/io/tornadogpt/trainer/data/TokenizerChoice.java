package io.tornadogpt.trainer.data;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.tokenizer.BpeTrainer;
import io.tornadogpt.tokenizer.CharTokenizer;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.tokenizer.TrainingProgress;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
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

    /// Byte-level BPE trained on the text.
    ///
    /// @param vocabularySize tokens wanted
    /// @param special tokens among them
    record Bpe(int vocabularySize, List<String> special) implements TokenizerChoice {
        /// @throws IllegalArgumentException where there is no vocabulary of that size
        public Bpe {
            special = List.copyOf(special);
            if (vocabularySize < BpeTrainer.SMALLEST || vocabularySize > BpeTrainer.LARGEST) {
                throw outOfRange(Integer.toString(vocabularySize));
            }
        }

        /// Without special tokens.
        public Bpe(int vocabularySize) {
            this(vocabularySize, List.of());
        }

        private static IllegalArgumentException outOfRange(String size) {
            return new IllegalArgumentException(
                    "tokenizer %s%s is out of range; expected bpe:%d, a token for each byte, to bpe:%d"
                            .formatted(PREFIX, size, BpeTrainer.SMALLEST, BpeTrainer.LARGEST));
        }

        @Override
        public String toString() {
            return PREFIX + vocabularySize;
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

    /// What `bpe:N` begins with.
    String PREFIX = "bpe:";

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

    /// Reads `char`, `bpe:N`, `gpt2` or a path; a folder of such a name is `./gpt2`.
    ///
    /// @throws IllegalArgumentException where it is none of these
    static TokenizerChoice parse(String text) {
        if (text.equals("char")) {
            return new Characters();
        }
        if (text.equals(GPT2)) {
            return new Gpt2();
        }
        if (text.startsWith(PREFIX)) {
            String size = text.substring(PREFIX.length());
            if (size.matches("-?\\d{1,9}")) {
                return new Bpe(Integer.parseInt(size));
            }
            if (size.matches("-?\\d+")) {
                throw Bpe.outOfRange(size);
            }
            throw new IllegalArgumentException(
                    "the tokenizer bpe:N needs a number of tokens, as in bpe:1024, not "
                            + BadFileException.quote(size));
        }
        Path path = Path.of(text).toAbsolutePath().normalize();
        if (text.isEmpty() || !Files.exists(path)) {
            throw new IllegalArgumentException(
                    "tokenizer %s is neither char nor bpe:N nor gpt2, and there is no such file or directory; check the path"
                            .formatted(BadFileException.quote(text)));
        }
        return new Stored(path);
    }

    /// The same with special tokens, where it is to be made; one that exists stays as it is.
    default TokenizerChoice with(List<String> special) {
        return switch (this) {
            case Characters _ -> new Characters(special);
            case Bpe(int size, List<String> _) -> new Bpe(size, special);
            case Existing existing -> existing;
        };
    }

    /// Makes or opens it.
    ///
    /// @param text to make it from
    default Tokenizer tokenizer(TextSource text, TrainingProgress progress) throws IOException {
        return switch (this) {
            case Characters(List<String> special) -> {
                try (InputStream in = text.stream()) {
                    yield CharTokenizer.train(in, special.toArray(String[]::new));
                }
            }
            case Bpe bpe -> {
                // No end-of-text token: nothing in the tokens would ever stand for it.
                var trainer = new BpeTrainer(bpe.vocabularySize(), 2, bpe.special());
                try (InputStream in = text.stream()) {
                    yield trainer.train(in, progress);
                }
            }
            case Existing existing -> existing.open();
        };
    }
}
