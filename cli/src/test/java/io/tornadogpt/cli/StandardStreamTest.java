package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;

class StandardStreamTest {
    private int writes;

    private StandardStream failing(String reason) {
        return new StandardStream(
                new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        writes++;
                        throw new IOException(reason);
                    }
                },
                false);
    }

    private CommandRun printed(StandardStream out, int exitCode) {
        var err = new StringWriter();
        var command =
                Gpt.commandLine(false)
                        .setOut(new PrintWriter(out, true, UTF_8))
                        .setErr(new PrintWriter(err, true));
        command.getOut().println("text");
        return new CommandRun(Gpt.exitCode(command, exitCode, out), "", err.toString());
    }

    @Test
    void fullDiskIsSaidAndEndsWithOne() {
        CommandRun ended = printed(failing("No space left on device"), 0);
        assertEquals(1, ended.exitCode());
        assertTrue(ended.err().contains("(No space left on device)"), ended.err());
        assertEquals(2, printed(failing("No space left on device"), 2).exitCode());
    }

    @Test
    void closedPipeEndsInSilence() {
        CommandRun ended = printed(failing("Broken pipe"), 0);
        assertEquals(141, ended.exitCode());
        assertEquals("", ended.err());
    }

    @Test
    void nothingIsWrittenBehindAFailureAndGenerationHearsOfIt() {
        var out = new PrintWriter(failing("Broken pipe"), true, UTF_8);
        var screen = new Screen(out, out, false);
        var samples = new SampleOutput(screen, "prompt", 1, false);
        samples.begin();
        assertFalse(samples.accept(0, "piece"));
        samples.accept(0, "piece");
        assertEquals(1, writes);
    }
}
