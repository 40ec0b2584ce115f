package io.tornadogpt.tokenizer.regex;

import io.tornadogpt.tokenizer.UnencodableTextException;

/// A text that counts how often a regular expression looks at it, and stops an expression that
/// looks far more often than one that is made for cutting text.
final class BoundedText implements CharSequence {

    private static final long LOOKS_A_CHAR = 2_000;
    private static final long LOOKS_AT_ALL = 10_000_000;

    private final String text;
    private final String expression;
    private long left;

    BoundedText(String text, String expression) {
        this.text = text;
        this.expression = expression;
        left = LOOKS_AT_ALL + LOOKS_A_CHAR * text.length();
    }

    @Override
    public char charAt(int index) {
        if (--left < 0) {
            throw new UnencodableTextException(
                    "the expression "
                            + expression
                            + " takes more than "
                            + LOOKS_A_CHAR
                            + " looks at each of the text's "
                            + text.length()
                            + " characters; encode the text in smaller parts, or leave out what is"
                            + " repeated in it",
                    0);
        }
        return text.charAt(index);
    }

    @Override
    public int length() {
        return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
        return text.substring(start, end);
    }

    @Override
    public String toString() {
        return text;
    }
}
