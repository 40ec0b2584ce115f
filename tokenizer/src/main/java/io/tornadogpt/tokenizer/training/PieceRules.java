package io.tornadogpt.tokenizer.training;

import io.tornadogpt.tokenizer.sentencepiece.SentencePieceFile;

import org.jspecify.annotations.Nullable;

import java.lang.Character.UnicodeScript;

/// Which strings may be pieces of a SentencePiece vocabulary (`IsValidSentencePiece` in its
/// trainer).
///
/// @param maxLength in code points
/// @param splitByWhitespace whether a space can only begin a piece
/// @param splitByScript whether letters of two scripts never share a piece; signs and digits are a
///   script of their own
/// @param splitByNumber whether digits count as that script
/// @param splitDigits whether each digit is a piece of its own
/// @param whitespaceOnly whether pieces of several spaces may be
public record PieceRules(
        int maxLength,
        boolean splitByWhitespace,
        boolean splitByScript,
        boolean splitByNumber,
        boolean splitDigits,
        boolean whitespaceOnly) {

    /// Stands for what no piece may hold: a rare character, or a symbol that the user defined.
    static final char BARRIER = '\t';

    private static final int LONG_VOWEL = 0x30FC;

    /// @param piece code points at `[from, to)`
    boolean allows(int[] piece, int from, int to) {
        int length = to - from;
        if (length < 1 || length > maxLength) {
            return false;
        }
        boolean onlySpaces = whitespaceOnly;
        for (int i = from; onlySpaces && i < to; i++) {
            onlySpaces = piece[i] == SentencePieceFile.SPACE;
        }
        @Nullable UnicodeScript before = null;
        for (int i = from; i < to; i++) {
            int c = piece[i];
            if (c == BARRIER || c == 0 || c == ' ') {
                return false;
            }
            if (c == SentencePieceFile.SPACE) {
                boolean inside = i > from && (splitByWhitespace || i == to - 1);
                if (inside && !onlySpaces) {
                    return false;
                }
                continue;
            }
            boolean digit = isDigit(c);
            if (digit && splitDigits && length > 1) {
                return false;
            }
            @Nullable UnicodeScript script = digit && !splitByNumber ? null : script(c, before);
            if (splitByScript && script != null && before != null && script != before) {
                return false;
            }
            before = script;
        }
        return true;
    }

    boolean allows(String piece) {
        int[] codePoints = piece.codePoints().toArray();
        return allows(codePoints, 0, codePoints.length);
    }

    private static @Nullable UnicodeScript script(int c, @Nullable UnicodeScript before) {
        if (c == LONG_VOWEL) {
            return UnicodeScript.HAN;
        }
        UnicodeScript script = UnicodeScript.of(c);
        return switch (script) {
            case HIRAGANA, KATAKANA -> UnicodeScript.HAN;
            case INHERITED -> before;
            case UNKNOWN -> UnicodeScript.COMMON;
            default -> script;
        };
    }

    private static boolean isDigit(int c) {
        return (c >= '0' && c <= '9') || (c >= 0xFF10 && c <= 0xFF19);
    }
}
