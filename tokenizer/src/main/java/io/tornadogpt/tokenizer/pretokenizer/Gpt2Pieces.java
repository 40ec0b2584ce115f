package io.tornadogpt.tokenizer.pretokenizer;

import static io.tornadogpt.tokenizer.text.CharacterKinds.OTHER;
import static io.tornadogpt.tokenizer.text.CharacterKinds.SPACE;

import io.tornadogpt.tokenizer.text.CharacterKinds;

/// Cuts UTF-8 text into the pieces within which GPT-2 merges, by hand what its pattern does:
///
/// ```
/// 's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
/// ```
public final class Gpt2Pieces implements PieceScanner {

    public static final Gpt2Pieces GPT2 = new Gpt2Pieces();

    static final String PATTERN =
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

    private Gpt2Pieces() {}

    @Override
    public int pieceEnd(byte[] text, int at, int end) {
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
        int character = CharacterKinds.classify(text, start, end);
        int kind = CharacterKinds.kind(character);
        if (kind == SPACE) {
            return spacesEnd(text, at, end);
        }
        return CharacterKinds.runEnd(text, start + CharacterKinds.length(character), end, kind);
    }

    /// Before white space that follows something else, and after a letter or number that something
    /// of another kind follows. No piece spans such a place, because white space stands only at the
    /// front of a piece and a contraction's letters belong to one kind; and no piece before it
    /// looks beyond it, because only a piece that ends in white space does.
    @Override
    public boolean endsPiece(int kind, int next) {
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

    /// White space is one piece up to the end of the text; before anything else its last character
    /// stays behind, for the next piece.
    private static int spacesEnd(byte[] text, int from, int end) {
        int last = from;
        int at = from;
        while (at < end) {
            int character = CharacterKinds.classify(text, at, end);
            if (CharacterKinds.kind(character) != SPACE) {
                return last > from ? last : at;
            }
            last = at;
            at += CharacterKinds.length(character);
        }
        return at;
    }
}
