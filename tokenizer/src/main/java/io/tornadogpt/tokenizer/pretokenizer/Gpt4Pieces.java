package io.tornadogpt.tokenizer.pretokenizer;

import static io.tornadogpt.tokenizer.text.CharacterKinds.LETTER;
import static io.tornadogpt.tokenizer.text.CharacterKinds.NUMBER;
import static io.tornadogpt.tokenizer.text.CharacterKinds.OTHER;
import static io.tornadogpt.tokenizer.text.CharacterKinds.SPACE;

import io.tornadogpt.tokenizer.text.CharacterKinds;

/// Cuts UTF-8 text as GPT-4's pattern does, which Llama 3 took over, and Qwen with numbers cut
/// digit by digit:
///
/// ```
/// (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}
///     | ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
/// ```
public final class Gpt4Pieces implements PieceScanner {

    /// Numbers in groups of up to three digits.
    public static final Gpt4Pieces BY_THREE_DIGITS = new Gpt4Pieces(3);

    /// Numbers digit by digit.
    public static final Gpt4Pieces BY_ONE_DIGIT = new Gpt4Pieces(1);

    private static final String BEFORE_NUMBERS =
            "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|";
    private static final String AFTER_NUMBERS =
            "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    static final String PATTERN_BY_THREE_DIGITS = BEFORE_NUMBERS + "\\p{N}{1,3}" + AFTER_NUMBERS;
    static final String PATTERN_BY_ONE_DIGIT = BEFORE_NUMBERS + "\\p{N}" + AFTER_NUMBERS;

    private final int digits;

    private Gpt4Pieces(int digits) {
        this.digits = digits;
    }

    @Override
    public int pieceEnd(byte[] text, int at, int end) {
        if (text[at] == '\'') {
            int contraction = contraction(text, at + 1, end);
            if (contraction > 0) {
                return at + 1 + contraction;
            }
        }
        int character = CharacterKinds.classify(text, at, end);
        int kind = CharacterKinds.kind(character);
        int next = at + CharacterKinds.length(character);
        if (kind == LETTER) {
            return CharacterKinds.runEnd(text, next, end, LETTER);
        }
        if (kind == NUMBER) {
            return numberEnd(text, next, end);
        }
        int follower = next < end ? CharacterKinds.classify(text, next, end) : SPACE << 3;
        int kindOfNext = CharacterKinds.kind(follower);
        if (kindOfNext == LETTER && text[at] != '\r' && text[at] != '\n') {
            return CharacterKinds.runEnd(text, next + CharacterKinds.length(follower), end, LETTER);
        }
        if (kind == OTHER || (text[at] == ' ' && kindOfNext == OTHER)) {
            return lineEnd(text, CharacterKinds.runEnd(text, next, end, OTHER), end);
        }
        return spacesEnd(text, at, end);
    }

    /// After a letter or number that something of another kind follows: every piece that holds such
    /// a character ends there at the latest, and looks no further.
    @Override
    public boolean endsPiece(int kind, int next) {
        return kind != next && (kind == LETTER || kind == NUMBER);
    }

    private int numberEnd(byte[] text, int from, int end) {
        int at = from;
        for (int i = 1; i < digits && at < end; i++) {
            int character = CharacterKinds.classify(text, at, end);
            if (CharacterKinds.kind(character) != NUMBER) {
                break;
            }
            at += CharacterKinds.length(character);
        }
        return at;
    }

    private static int lineEnd(byte[] text, int from, int end) {
        int at = from;
        while (at < end && (text[at] == '\r' || text[at] == '\n')) {
            at++;
        }
        return at;
    }

    /// White space ends after its last line break; without one it is a piece up to the end of the
    /// text, or up to its last character, which stays behind for the next piece.
    private static int spacesEnd(byte[] text, int from, int end) {
        int last = from;
        int at = from;
        int afterBreak = from;
        while (at < end) {
            int character = CharacterKinds.classify(text, at, end);
            if (CharacterKinds.kind(character) != SPACE) {
                break;
            }
            last = at;
            at += CharacterKinds.length(character);
            if (text[last] == '\r' || text[last] == '\n') {
                afterBreak = at;
            }
        }
        if (afterBreak > from) {
            return afterBreak;
        }
        return at == end || last == from ? at : last;
    }

    /// The number of bytes after an apostrophe that make a contraction with it, in either case, or
    /// 0. The long s is an s in upper case.
    private static int contraction(byte[] text, int at, int end) {
        if (at == end) {
            return 0;
        }
        int first = text[at] | 0x20;
        int second = at + 1 < end ? text[at + 1] : 0;
        if (text[at] == (byte) 0xC5) {
            return second == (byte) 0xBF ? 2 : 0;
        }
        if (text[at] < 0) {
            return 0;
        }
        return switch (first) {
            case 's', 't', 'm', 'd' -> isLetter(text[at]) ? 1 : 0;
            case 'r', 'v' -> isLetter(text[at]) && (second | 0x20) == 'e' && second > 0x40 ? 2 : 0;
            case 'l' -> isLetter(text[at]) && (second | 0x20) == 'l' && second > 0x40 ? 2 : 0;
            default -> 0;
        };
    }

    private static boolean isLetter(byte b) {
        return b > 0x40;
    }
}
