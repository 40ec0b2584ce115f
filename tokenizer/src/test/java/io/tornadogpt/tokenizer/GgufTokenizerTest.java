package io.tornadogpt.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.gguf.GgufHeader;
import io.tornadogpt.gguf.GgufWriter;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class GgufTokenizerTest {
    private static final List<String> TEXTS =
            List.of(
                    "",
                    "Hello world! It's 2026, isn't it?",
                    "  two  spaces\n\tand a tab\n\n",
                    "größer als 中文 🎉 1234567",
                    "class A { int b = 0x1F; }",
                    "the quick brown fox");

    private static final String JSON = "tokenizer.huggingface.json";

    @TempDir Path folder;

    private Path write(Tokenizer tokenizer, boolean withJson) throws IOException {
        var writer = new GgufWriter();
        tokenizer.writeTo(writer, tokenizer.vocabularySize() + 3);
        byte[] bytes = writer.header();
        if (!withJson) {
            rename(bytes, JSON, "not.the.key.of.any.tokens.");
        }
        return Files.write(folder.resolve(withJson + ".gguf"), bytes);
    }

    private static void rename(byte[] bytes, String key, String other) {
        String all = new String(bytes, StandardCharsets.ISO_8859_1);
        byte[] letters = other.getBytes(StandardCharsets.ISO_8859_1);
        assertEquals(key.length(), letters.length);
        System.arraycopy(letters, 0, bytes, all.indexOf(key), letters.length);
    }

    private static void assertSame(Tokenizer expected, Tokenizer actual) {
        for (String text : TEXTS) {
            int[] ids = expected.encode(text);
            assertArrayEquals(ids, actual.encode(text), text);
            assertEquals(expected.decode(ids), actual.decode(ids));
            assertArrayEquals(
                    expected.encodeForModel(text).ids(), actual.encodeForModel(text).ids(), text);
        }
    }

    private void assertComesBack(Tokenizer tokenizer) throws IOException {
        assertSame(tokenizer, Tokenizer.load(write(tokenizer, true)));
        assertSame(tokenizer, Tokenizer.load(write(tokenizer, false)));
    }

    @Test
    void byteLevelTokenizerComesBackWithAndWithoutItsJson() throws IOException {
        Tokenizer gpt2 = Tokenizer.gpt2();
        assertComesBack(gpt2);
        Tokenizer read = Tokenizer.load(write(gpt2, false));
        assertEquals(gpt2.endTokens(), read.endTokens());
        assertEquals(gpt2.specialTokens(), read.specialTokens());
        assertEquals(
                "gpt-2", GgufHeader.read(write(gpt2, false)).metadata().text("tokenizer.ggml.pre"));
    }

    @Test
    void llama2TokenizerComesBackWithAndWithoutItsJson() throws IOException {
        assertComesBack(load("llama2-tokenizer.model"));
    }

    @Test
    void llama3TokenizerComesBackWithAndWithoutItsJson() throws IOException {
        assertComesBack(load("llama3-tokenizer.model"));
    }

    private static Tokenizer load(String name) throws IOException {
        String data = System.getenv("GPT_TEST_DATA");
        Path file = Path.of(data == null ? "../../shared/data" : data).resolve(name);
        Assumptions.assumeTrue(Files.exists(file), () -> "skipped: there is no " + file);
        return Tokenizer.load(file);
    }

    @Test
    void wordPieceComesBackWithAndWithoutItsJson() throws IOException {
        Path vocabulary = folder.resolve("vocab.txt");
        Files.writeString(
                vocabulary,
                String.join(
                        "\n",
                        List.of(
                                "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "hello", "world",
                                "##s", "the", "quick", "brown", "fox", "##er", "a", "!", "it", "is",
                                "'", "##n", "t", "2", "##0", "##2", "##6")));
        assertComesBack(Tokenizer.load(vocabulary));
    }

    /// Others can use such a model by the numbers of its tokens alone, and that is said.
    @Test
    void charactersComeBackByTheirJson() throws IOException {
        Tokenizer characters = CharTokenizer.train(String.join("", TEXTS));
        var writer = new GgufWriter();
        List<String> remarks = characters.writeTo(writer, characters.vocabularySize());
        assertTrue(remarks.getFirst().contains("is made of characters"), remarks.getFirst());
        Path file = Files.write(folder.resolve("characters.gguf"), writer.header());
        assertSame(characters, Tokenizer.load(file));
        assertEquals("none", GgufHeader.read(file).metadata().text("tokenizer.ggml.model"));
    }

    @Test
    void fileWithoutATokenizerSaysSo() throws IOException {
        Path file =
                Files.write(
                        folder.resolve("none.gguf"),
                        new GgufWriter().text("tokenizer.ggml.model", "none").header());
        assertFalse(Tokenizer.isIn(file));
        var refused = assertThrows(TokenizerFormatException.class, () -> Tokenizer.load(file));
        assertTrue(refused.getMessage().contains("has no tokenizer"), refused.getMessage());
    }

    @Test
    void unknownWayOfCuttingIsRefusedByItsName() throws IOException {
        Path file =
                Files.write(
                        folder.resolve("pre.gguf"),
                        new GgufWriter()
                                .text("tokenizer.ggml.model", "gpt2")
                                .text("tokenizer.ggml.pre", "chameleon")
                                .texts("tokenizer.ggml.tokens", List.of("a", "b"))
                                .texts("tokenizer.ggml.merges", List.of())
                                .header());
        var refused = assertThrows(TokenizerFormatException.class, () -> Tokenizer.load(file));
        assertTrue(
                refused.getMessage().contains("tokenizer.ggml.pre is 'chameleon'"),
                refused.getMessage());
    }

    /// A file that says its tokens in two ways is not trusted where they differ.
    @Test
    void contradictionIsRefused() throws IOException {
        byte[] bytes = Files.readAllBytes(write(Tokenizer.gpt2(), true));
        String all = new String(bytes, StandardCharsets.ISO_8859_1);
        bytes[all.indexOf("hello") + 1] = 'a';
        Path file = Files.write(folder.resolve("contradiction.gguf"), bytes);
        var refused = assertThrows(TokenizerFormatException.class, () -> Tokenizer.load(file));
        assertTrue(refused.getMessage().contains(JSON), refused.getMessage());
    }
}
