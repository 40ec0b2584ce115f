package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

    @Test
    void aTokenizerThatIsMadeAlreadyIsNotTrained() {
        CommandRun run =
                CommandRun.gpt(
                        "tokenizer", "train", "--tokenizer", "gpt2", "--data", "x", "--out", "y");

        assertEquals(2, run.exitCode());
        assertTrue(run.err().contains("--tokenizer gpt2 is made already"), run.err());
    }

    @Test
    void whatEncodePrintsIsReadByDecode() {
        CommandRun run = decode("15496 995\n".getBytes(UTF_8)).requireSuccess();

        assertEquals("Hello world", run.out().strip());
    }

    @Test
    void brokenInputIsRefusedByItsPlace() {
        assertTrue(decode("15496 x".getBytes(UTF_8)).err().contains("'x' is no token's id"));
        CommandRun run = decode(new byte[] {'1', (byte) 0xff});
        assertEquals(2, run.exitCode());
        assertTrue(run.err().contains("byte 0xFF at offset 1"), run.err());
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "1,2", "99999999999", "1.5"})
    void anArgumentThatIsNoIdIsNamed(String id) {
        CommandRun run = CommandRun.gpt("tokenizer", "decode", "--tokenizer", "gpt2", 15496, id);

        assertEquals(2, run.exitCode());
        assertTrue(run.err().contains("'" + id + "' is no token's id; give numbers"), run.err());
    }

    private static CommandRun decode(byte... input) {
        return CommandRun.gptReading(input, "tokenizer", "decode", "--tokenizer", "gpt2");
    }

    private static String encode(String text, String... more) {
        var words = new Object[5 + more.length];
        System.arraycopy(
                new Object[] {"tokenizer", "encode", "--tokenizer", "gpt2", text}, 0, words, 0, 5);
        System.arraycopy(more, 0, words, 5, more.length);
        return CommandRun.gpt(words).requireSuccess().out().strip();
    }
}
