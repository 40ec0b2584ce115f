package io.tornadogpt.curation.run;

/// Builds a page in which every text and attribute is escaped.
///
/// Used by one thread at a time.
final class Markup {
    private static final int CONTROL_PICTURES = 0x2400;

    private final StringBuilder out = new StringBuilder(1 << 15);

    /// Markup of our own.
    Markup raw(String markup) {
        out.append(markup);
        return this;
    }

    /// An element with a text in it.
    Markup element(String tag, String text) {
        return raw("<").raw(tag).raw(">").text(text).raw("</").raw(tag).raw(">");
    }

    /// A text, in which characters that would act are shown instead.
    Markup text(String text) {
        text.codePoints()
                .forEach(
                        c -> {
                            switch (c) {
                                case '&' -> out.append("&amp;");
                                case '<' -> out.append("&lt;");
                                case '>' -> out.append("&gt;");
                                case '"' -> out.append("&quot;");
                                case '\'' -> out.append("&#39;");
                                default -> out.appendCodePoint(shown(c));
                            }
                        });
        return this;
    }

    private static int shown(int c) {
        boolean surrogate = c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE;
        boolean turning = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
        boolean control = c < ' ' && c != '\n' && c != '\t';
        return surrogate || turning ? 0xFFFD : control ? CONTROL_PICTURES + c : c;
    }

    @Override
    public String toString() {
        return out.toString();
    }
}
