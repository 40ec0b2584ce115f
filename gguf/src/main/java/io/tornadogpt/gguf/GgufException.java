package io.tornadogpt.gguf;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;

/// A GGUF file breaks its format, or says what cannot be used. The message is one sentence that
/// names the file, the field, what is wrong with it, and what to do next.
public final class GgufException extends IOException {
    private static final long serialVersionUID = 1;
    private static final int LONGEST_SHOWN = 80;

    private final transient Path file;
    private final String field;
    private final String problem;
    private final String remedy;

    /// @param field the part of the file that is wrong, as a noun that starts a sentence
    /// @param problem what is wrong, as the rest of that sentence
    /// @param remedy what to do next, in the imperative
    public GgufException(Path file, String field, String problem, String remedy) {
        this(file, field, problem, remedy, null);
    }

    /// As above, with the exception that told.
    public GgufException(
            Path file, String field, String problem, String remedy, @Nullable Throwable cause) {
        super(file + ": " + field + " " + problem + "; " + remedy, cause);
        this.file = file;
        this.field = field;
        this.problem = problem;
        this.remedy = remedy;
    }

    /// The file.
    public Path file() {
        return file;
    }

    /// The part of it that is wrong.
    public String field() {
        return field;
    }

    /// What is wrong with it.
    public String problem() {
        return problem;
    }

    /// What to do next.
    public String remedy() {
        return remedy;
    }

    /// Text from a file, fit to stand in a message: in quotes, without characters that could move a
    /// terminal's cursor, and cut where it is long.
    static String quote(String text) {
        var quoted = new StringBuilder().append('\'');
        text.codePoints()
                .limit(LONGEST_SHOWN)
                .forEach(c -> quoted.appendCodePoint(isShown(c) ? c : '\uFFFD'));
        boolean cut = text.codePointCount(0, text.length()) > LONGEST_SHOWN;
        return quoted.append(cut ? "...'" : "'").toString();
    }

    private static boolean isShown(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.SURROGATE,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    false;
            default -> true;
        };
    }
}
