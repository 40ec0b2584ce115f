package io.tornadogpt.tokenizer.pretokenizer;

import io.tornadogpt.tokenizer.regex.RegexException;
import io.tornadogpt.tokenizer.regex.TextPattern;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// Pre-tokenizers that spell bytes, and the scanners that cut as they do.
public final class KnownPatterns {

    /// How Llama 3 and `cl100k_base` cut text, with up to three digits a piece.
    public static final String BY_THREE_DIGITS = Gpt4Pieces.PATTERN_BY_THREE_DIGITS;

    /// How Qwen 2 cuts text, each digit by itself.
    public static final String BY_ONE_DIGIT = Gpt4Pieces.PATTERN_BY_ONE_DIGIT;

    private KnownPatterns() {}

    /// The scanner of a pre-tokenizer whose pieces are stretches of the text's bytes, or null where
    /// there is none.
    public static @Nullable PieceScanner scanner(@Nullable PreTokenizer preTokenizer) {
        return switch (preTokenizer) {
            case ByteLevel level when !level.addPrefixSpace() && level.useRegex() ->
                    Gpt2Pieces.GPT2;
            case PreTokenizers.Sequence sequence
                    when sequence.all().size() == 2
                            && sequence.all().get(0) instanceof PreTokenizers.Split split
                            && sequence.all().get(1) instanceof ByteLevel level
                            && !level.addPrefixSpace()
                            && !level.useRegex() ->
                    scanner(split);
            case null, default -> null;
        };
    }

    /// The pre-tokenizer of a scanner, as Hugging Face's files have it.
    public static PreTokenizer preTokenizer(PieceScanner scanner) {
        if (scanner == Gpt2Pieces.GPT2) {
            return new ByteLevel(false, true, true);
        }
        String pattern =
                scanner == Gpt4Pieces.BY_ONE_DIGIT
                        ? Gpt4Pieces.PATTERN_BY_ONE_DIGIT
                        : Gpt4Pieces.PATTERN_BY_THREE_DIGITS;
        try {
            return new PreTokenizers.Sequence(
                    List.of(
                            new PreTokenizers.Split(
                                    TextPattern.expression(pattern), SplitBehavior.ISOLATED, false),
                            new ByteLevel(false, true, false)));
        } catch (RegexException e) {
            throw new IllegalStateException(pattern, e);
        }
    }

    private static @Nullable PieceScanner scanner(PreTokenizers.Split split) {
        boolean known =
                !split.pattern().isLiteral()
                        && !split.invert()
                        && split.behavior() == SplitBehavior.ISOLATED;
        if (!known) {
            return null;
        }
        return switch (split.pattern().source()) {
            case Gpt2Pieces.PATTERN -> Gpt2Pieces.GPT2;
            case Gpt4Pieces.PATTERN_BY_THREE_DIGITS -> Gpt4Pieces.BY_THREE_DIGITS;
            case Gpt4Pieces.PATTERN_BY_ONE_DIGIT -> Gpt4Pieces.BY_ONE_DIGIT;
            default -> null;
        };
    }
}
