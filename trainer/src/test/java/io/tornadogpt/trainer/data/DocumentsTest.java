package io.tornadogpt.trainer.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.tokenizer.BpeTrainer;
import io.tornadogpt.tokenizer.CharTokenizer;
import io.tornadogpt.tokenizer.Tokenizer;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

class DocumentsTest {
    /// Bytes, and 0 for the end of a text.
    private static final Tokenizer BYTES =
            new BpeTrainer(257, 2, List.of(Tokenizer.END_OF_TEXT)).train("");

    @TempDir Path folder;

    /// The text that tokens stand for, an end of text written as `/`.
    private String encoded(Documents documents, String... files) throws IOException {
        Path data = Files.createDirectories(folder.resolve("data"));
        for (int i = 0; i < files.length; i++) {
            Files.writeString(data.resolve("f" + i), files[i]);
        }
        try (TextSource text = TextSource.open(data)) {
            Tokens tokens = Tokens.of(text, documents, BYTES);
            var ids = new int[(int) tokens.count()];
            tokens.read(0, ids.length, ids, 0);
            return BYTES.decode(ids).replace(Tokenizer.END_OF_TEXT, "/");
        }
    }

    @ParameterizedTest
    @CsvSource({"files, ab/cd|e/f", "none, abcd|ef", "'|', ab/cd/e/f", "d|, ab/c/e/f"})
    void endOfTextStandsBetweenDocuments(String documents, String expected) throws IOException {
        assertEquals(expected, encoded(Documents.parse(documents), "ab", "cd|e", "", "f"));
    }

    @Test
    void linesAreDocumentsWithoutTheirEnds() throws IOException {
        assertEquals("a/b/c", encoded(Documents.LINES, "\na\n\n\nb\nc"));
        assertEquals("a/b/", encoded(Documents.parse("lines"), "a\nb\n"));
        assertEquals("a\nb/c", encoded(Documents.parse("\\n\\n"), "a\nb\n\nc"));
    }

    /// As peers do that read the name of the token in the text as this token.
    @Test
    void eachOccurrenceOfASeparatorIsAToken() throws IOException {
        String text = "<|endoftext|>a<|endoftext|><|endoftext|>b<|endoftext|>";
        Documents separated = Documents.parse(Tokenizer.END_OF_TEXT);
        assertEquals("/a//b/", encoded(separated, text));
    }

    @Test
    void nameOfTheTokenIsTextUnlessItSeparates() throws IOException {
        Path file = Files.writeString(folder.resolve("a"), "x<|endoftext|>y");
        try (TextSource text = TextSource.open(file)) {
            Tokens tokens = Tokens.of(text, BYTES);
            var ids = new int[(int) tokens.count()];
            tokens.read(0, ids.length, ids, 0);
            assertArrayEquals(BYTES.encode("x<|endoftext|>y"), ids);
            assertEquals(15, ids.length);
        }
    }

    /// Wherever the text is cut in two, both parts together have every character and every token.
    @ParameterizedTest
    @ValueSource(strings = {"files", "lines", "==", "<|endoftext|>"})
    void trainingAndValidationHaveAllDocumentsBetweenThem(String named) throws IOException {
        Documents documents = Documents.parse(named);
        for (int more = 0; more < 30; more++) {
            Path data = Files.createDirectories(folder.resolve("data" + more));
            String text = "ab==cd\nef<|endoftext|>gh==ij\n==kl" + "m".repeat(more);
            Files.writeString(data.resolve("1"), text);
            Files.writeString(data.resolve("2"), "no" + text);
            var choice = new DataChoice(data, new TokenizerChoice.Bpe(257), documents);
            Path out = folder.resolve("out" + more);
            String joined;
            try (TrainingData made = choice.prepare(out, true, new DataChoice.Progress() {})) {
                joined = text(made.training()) + text(made.validation());
            }
            try (TextSource source = TextSource.open(data)) {
                assertEquals(text(Tokens.of(source, documents, BYTES)), joined);
            }
        }
    }

    private static String text(Tokens tokens) {
        var ids = new int[(int) tokens.count()];
        tokens.read(0, ids.length, ids, 0);
        return BYTES.decode(ids);
    }

    @Test
    void longAndShortDocumentsComeInTheirOrder() throws IOException {
        String large = "x".repeat(1 << 20);
        String exactly = "y".repeat((1 << 20) - 1) + "z";
        String joined = "a\n" + large + "b\nc\n" + exactly + "\nd\n" + large;
        assertEquals(joined.replace("\n", "/"), encoded(Documents.LINES, joined));
        String many = "w\n".repeat(1 << 20);
        assertEquals(many.replace("\n", "/"), encoded(Documents.LINES, many));
    }

    @Test
    void tokenizerTrainedOnDocumentsHasAnEndOfTextTokenAndLearnsNoSeparator() throws IOException {
        Path file = folder.resolve("a");
        Files.writeString(file, "once upon==".repeat(50));
        try (TextSource text = TextSource.open(file)) {
            var bpe = new TokenizerChoice.Bpe(300);
            Tokenizer made =
                    bpe.tokenizer(text, Documents.parse("=="), new DataChoice.Progress() {});
            assertEquals(0, made.endOfText().orElse(-1));
            assertTrue(made.id("==").isEmpty());
            assertTrue(bpe.tokenizer(text, new DataChoice.Progress() {}).id("==").isPresent());
        }
    }

    /// Of the tokenizers that are made for masked tokens, with `[SEP]` between texts.
    @Test
    void tokenizerForMaskedTokensSeparates() throws IOException {
        for (String choice : List.of("bpe:300", "wordpiece:60")) {
            Path file = Files.writeString(folder.resolve("f"), "aa==bb");
            try (TextSource text = TextSource.open(file)) {
                Tokenizer made =
                        TokenizerChoice.parse(choice)
                                .with(TokenMasks.SPECIAL_TOKENS)
                                .tokenizer(text, new DataChoice.Progress() {});
                Documents separated = Documents.parse("==");
                separated.require(made);
                Tokens tokens = Tokens.of(text, separated, made);
                var ids = new int[(int) tokens.count()];
                tokens.read(0, ids.length, ids, 0);
                int separator = made.id("[SEP]").orElseThrow();
                assertEquals(1, Arrays.stream(ids).filter(id -> id == separator).count());
            }
        }
    }

    @Test
    void charactersHaveNoTokenThatSeparates() {
        Tokenizer letters = CharTokenizer.train("abc");
        var e =
                assertThrows(
                        IllegalArgumentException.class, () -> Documents.LINES.require(letters));
        String message = String.valueOf(e.getMessage());
        assertTrue(message.contains("no end-of-text token"), message);
        Documents.FILES.require(letters);
        Documents.ONE.require(letters);
    }
}
