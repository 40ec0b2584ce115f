package io.tornadogpt.tokenizer.text;

/// Tells letters, numbers and white space in UTF-8 text apart, as the patterns do by which
/// byte-level tokenizers cut.
///
/// Letters and numbers are those of the running JDK's Unicode version: 16 in JDK 25, for which
/// tiktoken 0.14.0 and Hugging Face tokenizers 0.23.2 agree on every code point.
public final class CharacterKinds {

    public static final int OTHER = 0;
    public static final int LETTER = 1;
    public static final int NUMBER = 2;
    public static final int SPACE = 3;

    /// The kind of each character of the basic plane; the first 128 serve ASCII bytes.
    private static final byte[] KIND = new byte[1 << 16];

    static {
        for (int c = 0; c < KIND.length; c++) {
            KIND[c] = (byte) kindByType(c);
        }
    }

    private CharacterKinds() {}

    /// The character at `text[at]` as `kind << 3 | length`. A byte that belongs to no well-formed
    /// character counts as one that is neither letter nor number nor space.
    public static int classify(byte[] text, int at, int end) {
        byte b = text[at];
        if (b >= 0) {
            return (KIND[b] << 3) | 1;
        }
        int decoded = Utf8.decode(text, at, end);
        if (decoded == Utf8.MALFORMED) {
            return (OTHER << 3) | 1;
        }
        int codePoint = Utf8.codePoint(decoded);
        int kind = codePoint < KIND.length ? KIND[codePoint] : kindByType(codePoint);
        return (kind << 3) | Utf8.length(decoded);
    }

    public static int kind(int character) {
        return character >> 3;
    }

    public static int length(int character) {
        return character & 7;
    }

    /// Where a run of characters of one kind ends that goes on at `from`.
    public static int runEnd(byte[] text, int from, int end, int kind) {
        int at = from;
        while (at < end) {
            byte b = text[at];
            if (b >= 0) {
                if (KIND[b] != kind) {
                    return at;
                }
                at++;
            } else {
                int character = classify(text, at, end);
                if (kind(character) != kind) {
                    return at;
                }
                at += length(character);
            }
        }
        return at;
    }

    private static int kindByType(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.UPPERCASE_LETTER,
                    Character.LOWERCASE_LETTER,
                    Character.TITLECASE_LETTER,
                    Character.MODIFIER_LETTER,
                    Character.OTHER_LETTER ->
                    LETTER;
            case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER ->
                    NUMBER;
            case Character.SPACE_SEPARATOR,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                    SPACE;
            default ->
                    (codePoint >= '\t' && codePoint <= '\r') || codePoint == 0x85 ? SPACE : OTHER;
        };
    }
}
