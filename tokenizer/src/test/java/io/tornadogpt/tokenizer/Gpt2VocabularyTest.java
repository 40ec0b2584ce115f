package io.tornadogpt.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.tokenizer.files.Gpt2Vocabulary;
import io.tornadogpt.tokenizer.model.PieceMerger;
import io.tornadogpt.tokenizer.text.IntArray;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// GPT-2's own vocabulary, from the library that ships it. The ids are tiktoken's.
class Gpt2VocabularyTest {

    private static Tokenizer gpt2;

    @BeforeAll
    static void open() throws IOException {
        gpt2 = Tokenizer.gpt2();
    }

    @Test
    void givesTiktokensIds() {
        assertEquals(50257, gpt2.vocabularySize());
        assertEquals(50256, gpt2.endOfText().orElseThrow());
        assertArrayEquals(
                new int[] {15496, 995, 0, 314, 1183, 1282, 13, 220, 3363, 11, 1105, 2682, 986},
                gpt2.encode("Hello world! I'll come.  Yes, 1234..."));
        assertArrayEquals(
                new int[] {
                    41840, 102, 8582, 237, 121, 447, 235, 8582, 248, 222, 19526, 254, 25001, 121
                },
                gpt2.encode("👩🏽‍🚀你好"));
    }

    @Test
    void specialTokensInTextAreTextUnlessAskedFor() {
        int[] asText = {27, 91, 437, 1659, 5239, 91, 29};

        assertArrayEquals(asText, gpt2.encode(Tokenizer.END_OF_TEXT));
        assertArrayEquals(
                asText, gpt2.encodeBytes(Tokenizer.END_OF_TEXT.getBytes(StandardCharsets.UTF_8)));
        assertArrayEquals(new int[] {50256}, gpt2.encodeWithSpecialTokens(Tokenizer.END_OF_TEXT));
    }

    @Test
    void everyTokenIsWhatItsBytesMergeInto() {
        PieceMerger merger = Golden.merger(gpt2);
        for (int id = 0; id < 50256; id++) {
            byte[] bytes = gpt2.tokenBytes(id);
            var tokens = new IntArray(4);
            merger.merge(bytes, 0, bytes.length, tokens);
            assertArrayEquals(new int[] {id}, tokens.toArray());
        }
    }

    @Test
    void filesWrittenFromItGiveTheSameIds(@TempDir Path directory) throws IOException {
        gpt2.save(directory);

        String text = "It's 12 o'clock\n\n  <|endoftext|> naïve 日本 👍🏽";
        assertArrayEquals(gpt2.encode(text), Tokenizer.load(directory).encode(text));
    }

    @Test
    void aMissingLibraryIsNamed() {
        var nothing = loader(null);

        var e = assertThrows(TokenizerFormatException.class, () -> Gpt2Vocabulary.read(nothing));

        assertTrue(e.getMessage().contains("com.knuddels:jtokkit"), e.getMessage());
    }

    @Test
    void anotherVocabularyIsRefused() throws IOException {
        byte[] small = Files.readAllBytes(Golden.file("small.tiktoken"));

        var e =
                assertThrows(
                        TokenizerFormatException.class, () -> Gpt2Vocabulary.read(loader(small)));

        assertTrue(e.getMessage().contains("50257"), e.getMessage());
    }

    /// Sees one resource, whatever it is asked for.
    private static ClassLoader loader(byte[] resource) {
        return new ClassLoader(null) {
            @Override
            public InputStream getResourceAsStream(String name) {
                return resource == null ? null : new ByteArrayInputStream(resource);
            }
        };
    }
}
