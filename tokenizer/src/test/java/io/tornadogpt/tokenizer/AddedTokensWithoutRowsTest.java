package io.tornadogpt.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// People add a token for padding and do not resize the model's embedding.
class AddedTokensWithoutRowsTest {
    private static final int ROWS = 2;

    @TempDir Path folder;
    private Tokenizer tokenizer;

    @BeforeEach
    void load() throws IOException {
        Files.writeString(
                folder.resolve("tokenizer.json"),
                """
                {"added_tokens": [{"id": 2, "content": "<pad>", "single_word": false,
                  "lstrip": false, "rstrip": false, "normalized": false, "special": true}],
                 "model": {"type": "WordLevel", "unk_token": "a", "vocab": {"a": 0, "b": 1}}}
                """);
        tokenizer = Tokenizer.load(folder);
    }

    @Test
    void tokenizerIsTakenWhileItsAddedTokensAreNotNeeded() {
        assertEquals(3, tokenizer.vocabularySize());
        tokenizer.requireRows(ROWS);
        int[] ids = tokenizer.encode("b");
        assertArrayEquals(new int[] {1}, ids);
        tokenizer.requireRows(ROWS, ids);
    }

    @Test
    void tokenThatIsNeededIsNamed() {
        var e =
                assertThrows(
                        IllegalArgumentException.class, () -> tokenizer.requireRows(ROWS, 1, 2));
        assertEquals(
                "the text needs the token '<pad>' (id 2), but the model has rows for 2 tokens"
                        + " only: its embeddings were not resized when the token was added; resize"
                        + " them, or leave the token out of the text",
                e.getMessage());
    }

    /// Ordinary tokens without a row tell that the tokenizer is another model's.
    @Test
    void tokenizerOfAnotherModelIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> tokenizer.requireRows(1));
    }
}
