package io.tornadogpt.cli;

import org.jspecify.annotations.Nullable;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Where a command prints: results and progress to standard output, warnings to standard error.
///
/// On a terminal the last line may be one that changes; it is never wrapped, so that it can always
/// be taken back. Colours are used on a terminal only, and not where `NO_COLOR` is set (see
/// no-color.org).
final class Screen {
    private static final String ESCAPE = "\u001b[";
    private static final String ERASE_LINE = "\r" + ESCAPE + "2K";
    private static final String NO_WRAP = ESCAPE + "?7l";
    private static final String WRAP = ESCAPE + "?7h";
    private static final int LABEL = 12;
    private static final int INDENT = 4;
    private static final int MARGIN = 2;

    /// Longer lines are hard to read.
    private static final int WIDEST = 100;

    private final PrintWriter out;
    private final PrintWriter err;
    private final boolean terminal;
    private final boolean colours;
    private final @Nullable TerminalWidth width;
    private boolean statusShown;

    Screen(PrintWriter out, PrintWriter err, boolean watched) {
        this.out = out;
        this.err = err;
        this.terminal = watched && !"dumb".equals(System.getenv("TERM"));
        this.width = terminal ? new TerminalWidth() : null;
        String noColor = System.getenv("NO_COLOR");
        this.colours = terminal && (noColor == null || noColor.isEmpty());
    }

    /// Whether a line can change on it.
    boolean isTerminal() {
        return terminal;
    }

    /// The columns that text is to take, which change when a terminal's window does.
    int columns() {
        return Math.min(WIDEST, width == null ? TerminalWidth.STANDARD : width.columns()) - MARGIN;
    }

    /// Whether everything that was printed could be written.
    synchronized boolean isOpen() {
        return !out.checkError();
    }

    /// Prints a line that stays.
    synchronized void line(String text) {
        clearStatus();
        out.println(text);
    }

    /// Prints a line that stays.
    void line(String format, Object... arguments) {
        line(String.format(Locale.ROOT, format, arguments));
    }

    /// Prints a line with a label in front.
    void entry(String label, String format, Object... arguments) {
        String text = String.format(Locale.ROOT, format, arguments);
        line(dim(("%-" + LABEL + "s").formatted(label)) + text);
    }

    /// Prints words in as many lines as they need, behind a label or the room for one.
    void wrapped(String label, List<String> words) {
        List<String> lines = lines(words, columns() - LABEL);
        for (int i = 0; i < lines.size(); i++) {
            entry(i == 0 ? label : "", "%s", lines.get(i));
        }
    }

    /// Prints a text behind a label in as many lines as it needs.
    void wrapped(String label, String text) {
        wrapped(label, List.of(text.split(" ")));
    }

    /// Prints a text in as many lines as it needs, set in a little.
    void indented(String text) {
        for (String line : lines(List.of(text.split(" ")), columns() - INDENT)) {
            line(" ".repeat(INDENT) + line);
        }
    }

    /// Prints a sentence, on a terminal in as many lines as it needs.
    void sentence(String format, Object... arguments) {
        String text = String.format(Locale.ROOT, format, arguments);
        if (terminal) {
            lines(List.of(text.split(" ")), columns()).forEach(this::line);
        } else {
            line(text);
        }
    }

    private static List<String> lines(List<String> words, int columns) {
        var lines = new ArrayList<String>();
        var current = new StringBuilder();
        for (String word : words) {
            if (!current.isEmpty() && current.length() + 1 + word.length() > columns) {
                lines.add(current.toString());
                current.setLength(0);
            }
            current.append(current.isEmpty() ? "" : " ").append(word);
        }
        lines.add(current.toString());
        return lines;
    }

    /// Prints a heading between lines.
    void rule(String title) {
        String start = title.isEmpty() ? "" : "-- " + title + " ";
        line(dim(start + "-".repeat(Math.max(2, columns() - start.length()))));
    }

    /// Prints text as it comes, without a line's end.
    synchronized void text(String text) {
        clearStatus();
        out.print(text);
        out.flush();
    }

    /// Shows a line that the next one replaces; on a terminal only.
    synchronized void status(String text) {
        if (terminal) {
            out.print(ERASE_LINE + NO_WRAP + text + WRAP);
            out.flush();
            statusShown = true;
        }
    }

    private synchronized void clearStatus() {
        if (statusShown) {
            out.print(ERASE_LINE);
            statusShown = false;
        }
    }

    /// Says on standard error what the user should know.
    synchronized void warning(String text) {
        clearStatus();
        out.flush();
        err.println("gpt: " + text);
        err.flush();
    }

    /// Says on standard error what went wrong.
    void error(String text) {
        warning(text);
    }

    /// Leaves the terminal as it was.
    synchronized void close() {
        clearStatus();
        out.flush();
    }

    String bold(String text) {
        return colours ? ESCAPE + "1m" + text + ESCAPE + "0m" : text;
    }

    String dim(String text) {
        return colours ? ESCAPE + "2m" + text + ESCAPE + "0m" : text;
    }

    /// Text that is to stand out from other text: in colour, or between brackets where there is
    /// none.
    String marked(String text) {
        return colours ? green(text) : "[[" + text + "]]";
    }

    String green(String text) {
        return colours ? ESCAPE + "32m" + text + ESCAPE + "0m" : text;
    }
}
