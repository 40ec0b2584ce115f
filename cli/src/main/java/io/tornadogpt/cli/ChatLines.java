package io.tornadogpt.cli;

import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;

/// Where the lines of a chat come from, and Ctrl-C.
sealed interface ChatLines extends AutoCloseable {
    /// The next line, null where there are no more.
    @Nullable String next() throws IOException;

    @Override
    void close() throws IOException;

    /// Lines that a person types and can edit, where that is possible; else standard input.
    static ChatLines of(Screen screen, Chat chat) throws IOException {
        return screen.isTerminal() ? Typed.open(screen, chat) : new Read(chat);
    }

    /// Lines typed at a terminal. JLine reads them: earlier ones come back by the arrow keys. It
    /// sets the terminal by the program `stty` and loads no native code.
    final class Typed implements ChatLines {
        private final Screen screen;
        private final Terminal terminal;
        private final LineReader reader;

        private Typed(Screen screen, Terminal terminal) {
            this.screen = screen;
            this.terminal = terminal;
            reader =
                    LineReaderBuilder.builder()
                            .terminal(terminal)
                            .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                            .build();
        }

        static Typed open(Screen screen, Chat chat) throws IOException {
            Charset charset = Charset.forName(System.getProperty("stdin.encoding", "UTF-8"));
            Terminal terminal =
                    TerminalBuilder.builder()
                            .system(true)
                            .exec(true)
                            .jni(false)
                            .ffm(false)
                            .dumb(true)
                            .encoding(
                                    charset.equals(StandardCharsets.US_ASCII)
                                            ? StandardCharsets.UTF_8
                                            : charset)
                            .build();
            terminal.handle(Terminal.Signal.INT, signal -> chat.interrupt());
            return new Typed(screen, terminal);
        }

        @Override
        public @Nullable String next() {
            while (screen.isOpen()) {
                try {
                    return reader.readLine(screen.bold("> "));
                } catch (UserInterruptException e) {
                    if (e.getPartialLine() == null || e.getPartialLine().isEmpty()) {
                        screen.sentence("To end the chat, type /exit or Ctrl-D.");
                    }
                } catch (EndOfFileException e) {
                    return null;
                }
            }
            return null;
        }

        @Override
        public void close() throws IOException {
            terminal.close();
        }
    }

    /// Lines of a pipe or a file.
    final class Read implements ChatLines {
        private static final int INTERRUPTED = 130;

        private final SignalListener signals;

        private Read(Chat chat) {
            signals =
                    SignalListener.of(
                            "INT",
                            number -> {
                                if (!chat.interrupt()) {
                                    Runtime.getRuntime().halt(INTERRUPTED);
                                }
                            });
        }

        @Override
        public @Nullable String next() throws IOException {
            return TextInput.nextLine();
        }

        @Override
        public void close() {
            signals.close();
        }
    }
}
