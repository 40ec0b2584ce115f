package io.tornadogpt.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// How many columns the terminal has. It is asked when that is first needed, and again after the
/// window was resized, which the system tells by the signal WINCH.
final class TerminalWidth {
    /// Where there is no terminal to ask.
    static final int STANDARD = 80;

    private static final int NARROWEST = 20;
    private static final Path TERMINAL = Path.of("/dev/tty");

    private int columns;
    private volatile boolean changed = true;

    TerminalWidth() {
        SignalListener.of("WINCH", number -> changed = true);
    }

    /// Columns of the terminal.
    synchronized int columns() {
        if (changed) {
            changed = false;
            columns = ask();
        }
        return columns;
    }

    private static int ask() {
        if (!Files.isReadable(TERMINAL)) {
            return STANDARD;
        }
        try {
            Process stty =
                    new ProcessBuilder("stty", "size")
                            .redirectInput(TERMINAL.toFile())
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            String answer =
                    new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
            stty.waitFor(1, TimeUnit.SECONDS);
            return parse(answer);
        } catch (IOException e) {
            return STANDARD;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return STANDARD;
        }
    }

    /// Reads what `stty size` prints: rows and columns.
    static int parse(String answer) {
        String[] words = answer.strip().split(" ");
        if (words.length != 2 || !words[1].matches("[0-9]{1,5}")) {
            return STANDARD;
        }
        int found = Integer.parseInt(words[1]);
        return found == 0 ? STANDARD : Math.max(NARROWEST, found);
    }
}
