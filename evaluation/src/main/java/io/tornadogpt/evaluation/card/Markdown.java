package io.tornadogpt.evaluation.card;

import java.util.List;

/// Writes Markdown in which a text of a file can be nothing but text.
///
/// Used by one thread at a time.
final class Markdown {
    private final StringBuilder out = new StringBuilder();

    Markdown heading(int level, String text) {
        out.append("#".repeat(level)).append(' ').append(plain(text)).append("\n\n");
        return this;
    }

    /// A paragraph of our own words; texts of files in it have gone through [#plain].
    Markdown paragraph(String markdown) {
        out.append(markdown).append("\n\n");
        return this;
    }

    /// Sentences of our own, one a line.
    Markdown points(List<String> points) {
        points.forEach(point -> out.append("- ").append(point).append('\n'));
        out.append('\n');
        return this;
    }

    /// A table, whose cells are texts.
    Markdown table(List<String> heads, List<List<String>> rows) {
        row(heads);
        row(heads.stream().map(_ -> "---").toList(), true);
        rows.forEach(this::row);
        out.append('\n');
        return this;
    }

    private void row(List<String> cells) {
        row(cells, false);
    }

    private void row(List<String> cells, boolean asTheyAre) {
        out.append('|');
        cells.forEach(c -> out.append(' ').append(asTheyAre ? c : plain(c)).append(" |"));
        out.append('\n');
    }

    /// A text in one line, with nothing in it that means something to Markdown or HTML.
    static String plain(String text) {
        var plain = new StringBuilder();
        text.codePoints()
                .forEach(
                        c -> {
                            if (Character.isISOControl(c)) {
                                plain.append(' ');
                            } else if (c == '&') {
                                plain.append("&amp;");
                            } else if (c == '<') {
                                plain.append("&lt;");
                            } else {
                                if ("\\`*_[]|#>~$".indexOf(c) >= 0) {
                                    plain.append('\\');
                                }
                                plain.appendCodePoint(c);
                            }
                        });
        return plain.toString();
    }

    /// A text as a value of YAML: in double quotes.
    static String yaml(String text) {
        var quoted = new StringBuilder("\"");
        text.codePoints()
                .forEach(
                        c -> {
                            if (Character.isISOControl(c)) {
                                quoted.append(' ');
                            } else {
                                if (c == '"' || c == '\\') {
                                    quoted.append('\\');
                                }
                                quoted.appendCodePoint(c);
                            }
                        });
        return quoted.append('"').toString();
    }

    @Override
    public String toString() {
        return out.toString().stripTrailing() + "\n";
    }
}
