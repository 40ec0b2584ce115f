package io.tornadogpt.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.tornadogpt.tokenizer.text.IntArray;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

class CharTokenizerTest {

    private static final String TEXT = "b\n a\u0000\u2028é😀𝕏\"\\";

    @Test
    void idsFollowTheOrderOfCodePoints() {
        Tokenizer tokenizer = CharTokenizer.train("hello\n😀");

        // "\n" "e" "h" "l" "o" "😀"
        assertArrayEquals(new int[] {2, 1, 3, 3, 4, 0, 5}, tokenizer.encode("hello\n😀"));
        assertEquals(6, tokenizer.vocabularySize());
    }

    @Test
    void textAndStreamTrainTheSameTokenizer() throws IOException {
        String text = TEXT.repeat(200_000);
        Tokenizer ofText = CharTokenizer.train(text);
        Tokenizer ofStream = CharTokenizer.train(stream(text));

        assertEquals(ofText.vocabularySize(), ofStream.vocabularySize());
        for (int id = 0; id < ofText.vocabularySize(); id++) {
            assertEquals(ofText.token(id), ofStream.token(id));
        }
    }

    @Test
    void streamGivesTheIdsOfTheText() throws IOException {
        String text = TEXT.repeat(200_000);
        Tokenizer tokenizer = CharTokenizer.train(text);
        IntArray ids = new IntArray(0);
        long[] progress = new long[1];
        long count =
                tokenizer.encode(
                        stream(text),
                        (tokens, n, bytes) -> {
                            ids.addAll(tokens, 0, n);
                            progress[0] = bytes;
                        });

        assertArrayEquals(tokenizer.encode(text), ids.toArray());
        assertEquals(ids.size(), count);
        assertEquals(text.getBytes(StandardCharsets.UTF_8).length, progress[0]);
    }

    @Test
    void comesBackFromItsFile(@TempDir Path directory) throws IOException {
        Tokenizer saved = CharTokenizer.train(TEXT, Tokenizer.END_OF_TEXT, "<s>");
        saved.save(directory);
        Tokenizer loaded = Tokenizer.load(directory);

        assertEquals(saved.specialTokens(), loaded.specialTokens());
        assertEquals(saved.vocabularySize(), loaded.vocabularySize());
        String text = TEXT + "<s>" + Tokenizer.END_OF_TEXT;
        int[] ids = saved.encodeWithSpecialTokens(text);
        assertArrayEquals(ids, loaded.encodeWithSpecialTokens(text));
        assertEquals(text, loaded.decode(ids));
    }

    /// Checked once against Hugging Face tokenizers 0.23.2: such a file gives the same ids there.
    @Test
    void fileIsABpeModelWithoutMerges(@TempDir Path directory) throws IOException {
        CharTokenizer.train("b\na").save(directory);
        JsonNode json = new ObjectMapper().readTree(directory.resolve("tokenizer.json").toFile());

        assertEquals("BPE", json.at("/model/type").asText());
        assertEquals("{\"\\n\":0,\"a\":1,\"b\":2}", json.at("/model/vocab").toString());
        assertEquals("[]", json.at("/model/merges").toString());
        assertEquals("Fuse", json.at("/decoder/type").asText());
        assertTrue(json.get("pre_tokenizer").isNull());
    }

    @Test
    void namesTheUnknownCharacterAndItsPosition() {
        Tokenizer tokenizer = CharTokenizer.train("ab\uD83D\uDE00");

        UnencodableTextException inText =
                assertThrows(
                        UnencodableTextException.class, () -> tokenizer.encode("a\uD83D\uDE00é"));
        assertEquals(3, inText.position());
        assertTrue(inText.getMessage().contains("U+00E9 'é'"), inText.getMessage());
        assertTrue(inText.getMessage().contains("index 3"), inText.getMessage());
        assertTrue(inText.getMessage().contains("3 characters"), inText.getMessage());

        UnencodableTextException inStream =
                assertThrows(
                        UnencodableTextException.class,
                        () -> tokenizer.encode(stream("a\uD83D\uDE00é"), (ids, n, bytes) -> {}));
        assertEquals(5, inStream.position());
    }

    @Test
    void refusesBytesThatAreNotUtf8ByPosition() {
        byte[] bytes = "aaaé".repeat(300_000).getBytes(StandardCharsets.UTF_8);
        bytes[1_200_004] = (byte) 0xFF;
        Tokenizer tokenizer = CharTokenizer.train("aé");

        UnencodableTextException e =
                assertThrows(
                        UnencodableTextException.class,
                        () ->
                                tokenizer.encode(
                                        new ByteArrayInputStream(bytes), (ids, n, total) -> {}));
        // The byte before begins a character that the broken byte does not continue.
        assertEquals(1_200_003, e.position());
        assertThrows(
                UnencodableTextException.class,
                () -> CharTokenizer.train(new ByteArrayInputStream(bytes)));
    }

    @Test
    void refusesHalfOfASurrogatePair() {
        Tokenizer tokenizer = CharTokenizer.train("ab");

        assertThrows(UnencodableTextException.class, () -> CharTokenizer.train("a\uD800"));
        UnencodableTextException e =
                assertThrows(UnencodableTextException.class, () -> tokenizer.encode("b\uDC00a"));
        assertTrue(e.getMessage().contains("U+DC00 at index 1"), e.getMessage());
    }

    @Test
    void specialTokensAreTextUnlessAskedFor() {
        Tokenizer tokenizer = CharTokenizer.train("<|endoftext|>", "<|endoftext|>");

        assertEquals(13, tokenizer.encode("<|endoftext|>").length);
        int special = tokenizer.endOfText().orElseThrow();
        assertArrayEquals(new int[] {special}, tokenizer.encodeWithSpecialTokens("<|endoftext|>"));
        assertEquals(Map.of("<|endoftext|>", special), tokenizer.specialTokens());
        assertThrows(IllegalArgumentException.class, () -> CharTokenizer.train("a", "<s>", "<s>"));
    }

    @Test
    void refusesIdsOutsideTheVocabulary() {
        Tokenizer tokenizer = CharTokenizer.train("ab");

        assertThrows(IllegalArgumentException.class, () -> tokenizer.decode(0, 2));
        assertThrows(IllegalArgumentException.class, () -> tokenizer.tokenBytes(-1));
    }

    private static ByteArrayInputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }
}
