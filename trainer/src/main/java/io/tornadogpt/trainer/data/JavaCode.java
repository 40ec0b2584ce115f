package io.tornadogpt.trainer.data;

/// Takes the comments out of Java source text, and the lines that are empty afterwards.
final class JavaCode {
    private static final String TEXT_BLOCK = "\"\"\"";

    private final String source;
    private final StringBuilder code = new StringBuilder();
    private int at;

    private JavaCode(String source) {
        this.source = source;
    }

    /// The source without comments; what looks like one in a string or text block stays. Lines end
    /// where their text does, and no two blank lines follow each other.
    static String withoutComments(String source) {
        var java = new JavaCode(source);
        java.scan();
        return java.code
                .toString()
                .replaceAll("[ \\t]+\\n", "\n")
                .replaceAll("\\n{3,}", "\n\n")
                .replaceAll("\\{\\n\\n", "{\n")
                .stripLeading();
    }

    private void scan() {
        while (at < source.length()) {
            if (source.startsWith("//", at)) {
                skipTo("\n", 0);
            } else if (source.startsWith("/*", at)) {
                at += 2;
                skipTo("*/", 2);
            } else if (source.startsWith(TEXT_BLOCK, at)) {
                copyQuoted(TEXT_BLOCK);
            } else if (source.charAt(at) == '"' || source.charAt(at) == '\'') {
                copyQuoted(source.substring(at, at + 1));
            } else {
                copy(1);
            }
        }
    }

    /// Goes to where `end` is found, and beyond it by so many characters.
    private void skipTo(String end, int beyond) {
        int found = source.indexOf(end, at);
        at = found < 0 ? source.length() : found + beyond;
    }

    private void copyQuoted(String quote) {
        copy(quote.length());
        while (at < source.length() && !source.startsWith(quote, at)) {
            copy(source.charAt(at) == '\\' ? 2 : 1);
        }
        copy(quote.length());
    }

    private void copy(int count) {
        int end = Math.min(source.length(), at + count);
        code.append(source, at, end);
        at = end;
    }
}
