package io.tornadogpt.curation.step;

import java.util.ArrayList;
import java.util.List;

/// The lines of a text.
final class Lines {
    private static final String ENDS =
            ".!?\"'\u2026\u201D\u2019\u00BB\u203A\u3002\uFF01\uFF1F\uFF0E\uFF61\u061F\u06D4\u0964\u0965\u17D4\u1362\u0589";

    private Lines() {}

    /// All lines, without their ends.
    static List<String> all(String text) {
        var lines = new ArrayList<String>();
        int start = 0;
        for (int end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
            lines.add(text.substring(start, end));
            start = end + 1;
        }
        lines.add(text.substring(start));
        return lines;
    }

    /// The lines in which there is more than white space, without that around them.
    static List<String> filled(String text) {
        var lines = new ArrayList<String>();
        for (String line : all(text)) {
            String stripped = line.strip();
            if (!stripped.isEmpty()) {
                lines.add(stripped);
            }
        }
        return lines;
    }

    /// The parts between empty lines, without white space around them.
    static List<String> paragraphs(String text) {
        var paragraphs = new ArrayList<String>();
        var current = new StringBuilder();
        for (String line : all(text)) {
            if (line.isBlank()) {
                flush(current, paragraphs);
            } else {
                current.append(current.isEmpty() ? "" : "\n").append(line);
            }
        }
        flush(current, paragraphs);
        return paragraphs;
    }

    private static void flush(StringBuilder current, List<String> paragraphs) {
        if (!current.isEmpty()) {
            paragraphs.add(current.toString().strip());
            current.setLength(0);
        }
    }

    /// Whether a line's last character ends a sentence, in any of the scripts that have such marks,
    /// or closes a quotation.
    static boolean endsSentence(String line) {
        return !line.isEmpty() && isEnd(line.charAt(line.length() - 1));
    }

    private static boolean isEnd(char c) {
        return c < 0x80
                ? c == '.' || c == '!' || c == '?' || c == '"' || c == '\''
                : ENDS.indexOf(c) >= 0;
    }

    /// Sentences of a line: marks that end one, or runs of them, with white space or nothing
    /// behind; and what stands behind the last of these.
    static int sentences(String line) {
        int count = 0;
        boolean open = false;
        boolean ended = false;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (Words.isSpace(c)) {
                if (ended) {
                    count++;
                    open = false;
                    ended = false;
                }
            } else if (isEnd(c)) {
                boolean quote = c == '"' || c == '\'' || c == '\u201D' || c == '\u2019';
                ended |= !quote;
                open = true;
                // Scripts without spaces have none behind their marks either.
                if (c >= 0x3000) {
                    count++;
                    open = false;
                    ended = false;
                }
            } else {
                ended = ended && (c == ')' || c == ']');
                open = true;
            }
        }
        return count + (open ? 1 : 0);
    }
}
