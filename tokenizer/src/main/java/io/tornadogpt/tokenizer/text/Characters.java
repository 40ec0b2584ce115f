package io.tornadogpt.tokenizer.text;

/// Classes of characters by Unicode's definitions, which the JDK's own methods of like names do not
/// follow to the letter.
public final class Characters {

    private Characters() {}

    /// Unicode's property White_Space.
    public static boolean isWhiteSpace(int c) {
        if (c < 0x80) {
            return c == ' ' || (c >= '\t' && c <= '\r');
        }
        return c == 0x85
                || c == 0xA0
                || c == 0x1680
                || (c >= 0x2000 && c <= 0x200A)
                || c == 0x2028
                || c == 0x2029
                || c == 0x202F
                || c == 0x205F
                || c == 0x3000;
    }

    /// The categories Nd, Nl and No.
    public static boolean isNumeric(int c) {
        return switch (Character.getType(c)) {
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
                    true;
            default -> false;
        };
    }

    /// ASCII's punctuation and symbols, and the categories Pc, Pd, Ps, Pe, Pi, Pf and Po.
    public static boolean isPunctuation(int c) {
        if (c < 0x80) {
            return (c >= '!' && c <= '/')
                    || (c >= ':' && c <= '@')
                    || (c >= '[' && c <= '`')
                    || (c >= '{' && c <= '~');
        }
        return switch (Character.getType(c)) {
            case Character.CONNECTOR_PUNCTUATION,
                    Character.DASH_PUNCTUATION,
                    Character.START_PUNCTUATION,
                    Character.END_PUNCTUATION,
                    Character.INITIAL_QUOTE_PUNCTUATION,
                    Character.FINAL_QUOTE_PUNCTUATION,
                    Character.OTHER_PUNCTUATION ->
                    true;
            default -> false;
        };
    }

    /// What a regular expression's `\w` matches: alphabetic characters, marks, decimal digits,
    /// connecting punctuation and the two joiners (UTS 18, annex C).
    public static boolean isWord(int c) {
        if (c < 0x80) {
            return (c >= 'a' && c <= 'z')
                    || (c >= 'A' && c <= 'Z')
                    || (c >= '0' && c <= '9')
                    || c == '_';
        }
        return Character.isAlphabetic(c)
                || isMark(c)
                || c == 0x200C
                || c == 0x200D
                || switch (Character.getType(c)) {
                    case Character.DECIMAL_DIGIT_NUMBER, Character.CONNECTOR_PUNCTUATION -> true;
                    default -> false;
                };
    }

    /// The categories Mn, Mc and Me.
    public static boolean isMark(int c) {
        return switch (Character.getType(c)) {
            case Character.NON_SPACING_MARK,
                    Character.COMBINING_SPACING_MARK,
                    Character.ENCLOSING_MARK ->
                    true;
            default -> false;
        };
    }

    /// Where the ASCII characters from a place on end.
    public static int asciiEnd(String text, int from) {
        int at = from;
        while (at < text.length() && text.charAt(at) < 0x80) {
            at++;
        }
        return at;
    }

    /// The next space or line feed from a place on, or the text's end.
    public static int lineOrSpace(String text, int from) {
        int at = from;
        while (at < text.length() && text.charAt(at) != ' ' && text.charAt(at) != '\n') {
            at++;
        }
        return at;
    }

    /// The place behind the last space or line feed in `text[from, to)`, or `from`.
    public static int lineOrSpaceBefore(String text, int from, int to) {
        int at = to;
        while (at > from && text.charAt(at - 1) != ' ' && text.charAt(at - 1) != '\n') {
            at--;
        }
        return at;
    }

    /// The text with U+FFFD in place of each half of a surrogate pair.
    public static String wellFormed(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (Character.isSurrogate(text.charAt(i))) {
                if (Character.charCount(text.codePointAt(i)) == 1) {
                    return repaired(text);
                }
                i++;
            }
        }
        return text;
    }

    private static String repaired(String text) {
        int[] codePoints = text.codePoints().toArray();
        for (int i = 0; i < codePoints.length; i++) {
            if (codePoints[i] >= Character.MIN_SURROGATE
                    && codePoints[i] <= Character.MAX_SURROGATE) {
                codePoints[i] = 0xFFFD;
            }
        }
        return new String(codePoints, 0, codePoints.length);
    }
}
