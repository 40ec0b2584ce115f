package io.tornadogpt.core.files;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;

/// A file was read, and what stands in it breaks its format.
///
/// The message is one sentence that can be shown to a user as it is: the file, the field, what is
/// wrong with its value, and what to do next. Failures of the disk itself stay plain
/// [IOException]s.
public abstract class BadFileException extends IOException {
    private static final int LONGEST_SHOWN = 120;

    private final transient Path file;
    private final String field;
    private final String problem;

    /// @param field the part of the file that is wrong, as a noun that starts a sentence
    /// @param problem what is wrong, as the rest of that sentence: "is 9 bytes long, but ..."
    /// @param remedy what the user does next, in the imperative
    protected BadFileException(
            Path file, String field, String problem, String remedy, @Nullable Throwable cause) {
        super(file + ": " + field + " " + problem + "; " + remedy, cause);
        this.file = file;
        this.field = field;
        this.problem = problem;
    }

    /// The file as it was named by whoever opened it.
    public Path file() {
        return file;
    }

    /// The part of the file that is wrong.
    public String field() {
        return field;
    }

    /// What is wrong with it, as the rest of a sentence.
    public String problem() {
        return problem;
    }

    /// Text from a file, fit to stand in a message: in quotes, without control characters (a file
    /// must not be able to move a terminal's cursor) and cut where it is long.
    public static String quote(String text) {
        var quoted = new StringBuilder().append('\'');
        text.codePoints()
                .limit(LONGEST_SHOWN)
                .forEach(c -> quoted.appendCodePoint(isHarmless(c) ? c : '\uFFFD'));
        boolean cut = text.codePointCount(0, text.length()) > LONGEST_SHOWN;
        return quoted.append(cut ? "...'" : "'").toString();
    }

    private static boolean isHarmless(int codePoint) {
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
