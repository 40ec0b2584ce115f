package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;

/// What a command printed and how it ended, run in this process.
record CommandRun(int exitCode, String out, String err) {
    static CommandRun gpt(Object... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        var words = new String[arguments.length];
        for (int i = 0; i < words.length; i++) {
            words[i] = arguments[i].toString();
        }
        int exitCode =
                Gpt.commandLine(false, words)
                        .setOut(new PrintWriter(out, true))
                        .setErr(new PrintWriter(err, true))
                        .execute(words);
        return new CommandRun(exitCode, out.toString(), err.toString());
    }

    /// The same with something to read on standard input.
    static CommandRun gptReading(byte[] input, Object... arguments) {
        InputStream before = System.in;
        System.setIn(new ByteArrayInputStream(input));
        try {
            return gpt(arguments);
        } finally {
            System.setIn(before);
        }
    }

    CommandRun requireSuccess() {
        assertEquals(0, exitCode, () -> out + err);
        assertEquals("", err);
        return this;
    }
}
