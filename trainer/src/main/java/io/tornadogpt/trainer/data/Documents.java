package io.tornadogpt.trainer.data;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.tokenizer.TokenRole;
import io.tornadogpt.tokenizer.Tokenizer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;
import java.util.stream.Stream;

/// How a text is divided into documents. Between two of them stands the tokenizer's end-of-text
/// token, where it has one, so that a model learns where a text ends.
public sealed interface Documents {
    /// Each file is a document. What every text is divided into where nothing else is asked for.
    Documents FILES = new Files();

    /// Each line of a file is a document. Its end is no part of it, and empty lines are left out.
    Documents LINES = new Lines();

    /// All of it is one document.
    Documents ONE = new One();

    /// Each file is a document.
    record Files() implements Documents {
        @Override
        public String toString() {
            return "files";
        }
    }

    /// Each line of a file is a document.
    record Lines() implements Documents {
        @Override
        public String toString() {
            return "lines";
        }
    }

    /// All files together are one document.
    record One() implements Documents {
        @Override
        public String toString() {
            return "none";
        }
    }

    /// Documents are what stands between the occurrences of a text, such as `<|endoftext|>`, and
    /// between those and the ends of files. The text becomes an end-of-text token wherever it
    /// occurs, also before the first document or behind the last one.
    ///
    /// @param separator one character or more
    record Separated(String separator) implements Documents {
        public Separated {
            if (separator.isEmpty()) {
                throw new IllegalArgumentException(
                        "the text between documents is empty; give at least one character");
            }
        }

        @Override
        public String toString() {
            return separator.replace("\\", "\\\\").replace("\n", "\\n");
        }
    }

    /// Reads `files`, `lines`, `none`, or a text that separates documents, in which `\n` stands for
    /// the end of a line and `\\` for a backslash.
    static Documents parse(String text) {
        return switch (text) {
            case "files" -> FILES;
            case "lines" -> LINES;
            case "none" -> ONE;
            default ->
                    new Separated(
                            text.replace("\\\\", "\u0000")
                                    .replace("\\n", "\n")
                                    .replace('\u0000', '\\'));
        };
    }

    /// The token that a tokenizer has for the end of a text: the one that GPT-2 calls so, or else
    /// the one that ends a sequence, or as in BERT the one that comes between texts.
    static OptionalInt endToken(Tokenizer tokenizer) {
        Integer separator = tokenizer.specialTokens().get("[SEP]");
        return Stream.of(
                        tokenizer.endOfText(),
                        tokenizer.tokenFor(TokenRole.EOS),
                        tokenizer.tokenFor(TokenRole.SEP),
                        separator == null ? OptionalInt.empty() : OptionalInt.of(separator))
                .filter(OptionalInt::isPresent)
                .findFirst()
                .orElseGet(OptionalInt::empty);
    }

    /// Refuses a tokenizer that has no end-of-text token where documents were asked for. Files are
    /// then joined without one.
    ///
    /// @throws IllegalArgumentException naming the tokenizer
    default void require(Tokenizer tokenizer) {
        boolean asked = this instanceof Lines || this instanceof Separated;
        if (asked && endToken(tokenizer).isEmpty()) {
            throw new IllegalArgumentException(
                    "documents are to be separated (%s), but the tokenizer (%s) has no end-of-text token; use gpt2 or bpe:N, or ask for no documents"
                            .formatted(BadFileException.quote(toString()), tokenizer.kind()));
        }
    }

    /// Some characters of a text, with [Marks#MARK] where a document ends.
    ///
    /// @param from the first character's index in the whole text
    /// @param count how many
    default InputStream stream(TextSource text, long from, long count) throws IOException {
        return switch (this) {
            case Files _ -> text.streamOfFiles(from, count);
            case Lines _ -> marks(text, from, count, "\n", true);
            case One _ -> text.stream(from, count);
            case Separated(String separator) -> marks(text, from, count, separator, false);
        };
    }

    private static InputStream marks(
            TextSource text, long from, long count, String separator, boolean once)
            throws IOException {
        int length = separator.codePointCount(0, separator.length());
        boolean empty = from == 0 || read(text, from - length, length).equals(separator);
        byte[] bytes = separator.getBytes(StandardCharsets.UTF_8);
        return new Marks(text.streamOfFiles(from, count), bytes, once, empty);
    }

    private static String read(TextSource text, long from, long count) throws IOException {
        long begin = Math.max(0, from);
        try (InputStream in = text.stream(begin, from + count - begin)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /// The whole text without what separates documents, to make a tokenizer from.
    default InputStream plain(TextSource text) throws IOException {
        return this instanceof Separated
                ? new MarksAsLines(stream(text, 0, Long.MAX_VALUE))
                : text.stream();
    }

    /// The nearest place, from a character on, where a text can be cut without cutting what
    /// separates two documents.
    ///
    /// @param cut index of the character that would begin the second part
    default long cut(TextSource text, long cut) throws IOException {
        if (!(this instanceof Separated(String separator))) {
            return cut;
        }
        int length = separator.codePointCount(0, separator.length());
        long from = Math.max(0, cut - length + 1);
        String around = read(text, from, 2L * length);
        int found = around.indexOf(separator);
        long begin = found < 0 ? cut : from + around.codePointCount(0, found);
        return begin < cut ? begin + length : cut;
    }
}
