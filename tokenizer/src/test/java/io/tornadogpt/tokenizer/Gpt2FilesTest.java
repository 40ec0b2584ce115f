package io.tornadogpt.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// GPT-2's own vocabulary, where the environment variable `GPT2_DIR` names a directory that Hugging
/// Face's or OpenAI's tokenizer files of GPT-2 lie in.
class Gpt2FilesTest {

    @Test
    void givesTiktokensIds(@TempDir Path directory) throws IOException {
        Tokenizer gpt2 = gpt2();

        assertEquals(50257, gpt2.vocabularySize());
        assertEquals(50256, gpt2.endOfText().orElseThrow());
        assertArrayEquals(
                new int[] {15496, 995, 0, 314, 1183, 1282, 13, 220, 3363, 11, 1105, 2682, 986},
                gpt2.encode("Hello world! I'll come.  Yes, 1234..."));
        gpt2.save(directory);
        assertArrayEquals(
                gpt2.encode("Hello <|endoftext|>"),
                Tokenizer.load(directory).encode("Hello <|endoftext|>"));
    }

    private static Tokenizer gpt2() throws IOException {
        String place = System.getenv("GPT2_DIR");
        assumeTrue(place != null, "GPT2_DIR does not name a directory with GPT-2's tokenizer");
        Path directory = Path.of(place);
        assumeTrue(Files.isDirectory(directory), "GPT2_DIR is not a directory: " + directory);
        return Tokenizer.load(directory);
    }
}
