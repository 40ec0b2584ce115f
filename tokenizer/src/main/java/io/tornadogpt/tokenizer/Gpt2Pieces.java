package io.tornadogpt.tokenizer;

/// Cuts UTF-8 text into the pieces within which GPT-2 merges, by hand what its pattern does:
///
/// ```
/// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
/// ```
///
/// A byte that belongs to no well-formed character counts as a character that is neither letter nor
/// number nor space. Letters and numbers are those of the running JDK's Unicode version: 16 in JDK
/// 25, for which tiktoken 0.14.0 and Hugging Face tokenizers 0.23.2 agree on every code point.
final class Gpt2Pieces {

    private static final int OTHER = 0;
    private static final int LETTER = 1;
    private static final int NUMBER = 2;
    private static final int SPACE = 3;

    /// The kind of each character of the basic plane; the first 128 serve ASCII bytes.
    private static final byte[] KIND = new byte[1 << 16];

    static {
        for (int c = 0; c < KIND.length; c++) {
            KIND[c] = (byte) kindByType(c);
        }
    }

    private Gpt2Pieces() {}

    /// The end of the piece that begins at `text[at]`, where the text ends at `end`.
    static int pieceEnd(byte[] text, int at, int end) {
        byte first = text[at];
        int start = at;
        if (first == ' ' && at + 1 < end) {
            start = at + 1;
        } else if (first == '\'') {
            int contraction = contraction(text, at + 1, end);
            if (contraction > 0) {
                return at + 1 + contraction;
            }
        }
        int character = classify(text, start, end);
        int kind = character >> 3;
        if (kind == SPACE) {
            return spacesEnd(text, at, end);
        }
        return runEnd(text, start + (character & 7), end, kind);
    }

    /// The last place in `text(from, to)` where pieces end whatever surrounds it, or `from`: before
    /// white space that follows something else, and after a letter or number that something of
    /// another kind follows. No piece spans such a place, because white space stands only at the
    /// front of a piece and a contraction's letters belong to one kind; and no piece before it
    /// looks beyond it, because only a piece that ends in white space does.
    static int lastCut(byte[] text, int from, int to) {
        for (int at = to - 1; at > from; at--) {
            if (Utf8.isContinuation(text[at])) {
                continue;
            }
            int before = at - 1;
            while (before > from && at - before < 4 && Utf8.isContinuation(text[before])) {
                before--;
            }
            boolean wellFormed =
                    Utf8.decode(text, at, to) != Utf8.MALFORMED
                            && Utf8.decode(text, before, at) != Utf8.MALFORMED;
            int left = classify(text, before, at);
            if (wellFormed && before + (left & 7) == at) {
                if (endsPiece(left >> 3, classify(text, at, to) >> 3)) {
                    return at;
                }
            }
        }
        return from;
    }

    private static boolean endsPiece(int kind, int next) {
        return kind != next && kind != SPACE && (kind != OTHER || next == SPACE);
    }

    /// The number of letters after an apostrophe that make a contraction with it, or 0.
    private static int contraction(byte[] text, int at, int end) {
        if (at == end) {
            return 0;
        }
        byte second = at + 1 < end ? text[at + 1] : 0;
        return switch (text[at]) {
            case 's', 't', 'm', 'd' -> 1;
            case 'r', 'v' -> second == 'e' ? 2 : 0;
            case 'l' -> second == 'l' ? 2 : 0;
            default -> 0;
        };
    }

    private static int runEnd(byte[] text, int from, int end, int kind) {
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
                if (character >> 3 != kind) {
                    return at;
                }
                at += character & 7;
            }
        }
        return at;
    }

    /// White space is one piece up to the end of the text; before anything else its last character
    /// stays behind, for the next piece.
    private static int spacesEnd(byte[] text, int from, int end) {
        int last = from;
        int at = from;
        while (at < end) {
            int character = classify(text, at, end);
            if (character >> 3 != SPACE) {
                return last > from ? last : at;
            }
            last = at;
            at += character & 7;
        }
        return at;
    }

    /// The character at `text[at]` as `kind << 3 | length`.
    private static int classify(byte[] text, int at, int end) {
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
