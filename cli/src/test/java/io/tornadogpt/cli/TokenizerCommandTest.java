package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TokenizerCommandTest {
    @Test
    void gpt2sTokenizerNeedsNoFiles() {
        assertEquals("15496", encode("Hello"));
        assertEquals(
                "Hello",
                CommandRun.gpt("tokenizer", "decode", "--tokenizer", "gpt2", 15496)
                        .requireSuccess()
                        .out()
                        .strip());
    }

    @Test
    void specialTokensAreTextUnlessAskedFor() {
        assertEquals("15496 1279 91 437 1659 5239 91 29", encode("Hello <|endoftext|>"));
        assertEquals("15496 220 50256", encode("Hello <|endoftext|>", "--special-tokens"));
    }

    @Test
    void aTokenizerThatWouldHaveToBeMadeIsRefused() {
        CommandRun run = CommandRun.gpt("tokenizer", "encode", "--tokenizer", "bpe:300", "text");

        assertEquals(2, run.exitCode());
        assertTrue(run.err().contains("'bpe:300' is made from text"), run.err());
    }

    private static String encode(String text, String... more) {
        var words = new Object[5 + more.length];
        System.arraycopy(
                new Object[] {"tokenizer", "encode", "--tokenizer", "gpt2", text}, 0, words, 0, 5);
        System.arraycopy(more, 0, words, 5, more.length);
        return CommandRun.gpt(words).requireSuccess().out().strip();
    }
}
