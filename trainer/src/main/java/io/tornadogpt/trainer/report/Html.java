package io.tornadogpt.trainer.report;

import java.util.ArrayDeque;
import java.util.Deque;

/// Builds markup in which nothing but what this class writes itself is markup: texts and attribute
/// values are escaped, and elements close in the order in which they were opened.
final class Html {
    private static final int CONTROL_PICTURES = 0x2400;

    private final StringBuilder out = new StringBuilder(1 << 16);
    private final Deque<String> open = new ArrayDeque<>();

    /// Opens an element.
    ///
    /// @param attributes names and values by turns
    Html open(String tag, String... attributes) {
        start(tag, attributes);
        out.append('>');
        open.push(tag);
        return this;
    }

    /// Closes the element that was opened last.
    Html close() {
        out.append("</").append(open.pop()).append('>');
        if (open.size() < 4) {
            out.append('\n');
        }
        return this;
    }

    /// An element without an end tag: a void element of HTML, or one of SVG without contents.
    Html empty(String tag, String... attributes) {
        start(tag, attributes);
        out.append("/>");
        return this;
    }

    /// An element that holds a text.
    Html element(String tag, String text, String... attributes) {
        return open(tag, attributes).text(text).close();
    }

    /// A text.
    Html text(String text) {
        escape(text);
        return this;
    }

    /// The contents of a `style` or `script` of our own, which HTML does not unescape.
    ///
    /// @throws IllegalArgumentException where it would end its element early
    Html verbatim(String source) {
        if (source.contains("</")) {
            throw new IllegalArgumentException("a style or script must not hold </");
        }
        out.append(source);
        return this;
    }

    private void start(String tag, String... attributes) {
        out.append('<').append(tag);
        for (int i = 0; i < attributes.length; i += 2) {
            out.append(' ').append(attributes[i]).append("=\"");
            escape(attributes[i + 1]);
            out.append('"');
        }
    }

    private void escape(String text) {
        text.codePoints()
                .forEach(
                        c -> {
                            switch (c) {
                                case '&' -> out.append("&amp;");
                                case '<' -> out.append("&lt;");
                                case '>' -> out.append("&gt;");
                                case '"' -> out.append("&quot;");
                                case '\'' -> out.append("&#39;");
                                default -> out.appendCodePoint(printable(c));
                            }
                        });
    }

    /// What a page may hold in place of a code point: control characters as their pictures; U+FFFD
    /// for halves of surrogate pairs, and for what would turn the direction of the text behind it.
    private static int printable(int c) {
        boolean surrogate = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
        boolean turning = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
        boolean control = c < ' ' && c != '\n' && c != '\t';
        return surrogate || turning ? 0xFFFD : control ? CONTROL_PICTURES + c : c;
    }

    /// The document.
    ///
    /// @throws IllegalStateException where an element is still open
    @Override
    public String toString() {
        if (!open.isEmpty()) {
            throw new IllegalStateException("still open: " + open);
        }
        return "<!doctype html>\n" + out;
    }

    /// Tables scroll sideways by themselves where the page is too narrow for them.
    void openTable(String caption) {
        open("div", "class", "table", "tabindex", "0", "role", "region", "aria-label", caption);
        open("table");
    }

    /// Ends what [#openTable] began.
    void closeTable() {
        close().close();
    }
}
