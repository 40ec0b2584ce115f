package io.tornadogpt.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.tornadogpt.tokenizer.pretokenizer.Gpt2Pieces;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

class Gpt2PiecesTest {

    /// GPT-2's pattern for java.util.regex, where `\s` has to be told what white space is.
    private static final Pattern GPT2 =
            Pattern.compile(
                    "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+"
                            + "| ?[^\\p{IsWhite_Space}\\p{L}\\p{N}]+"
                            + "|\\p{IsWhite_Space}+(?!\\P{IsWhite_Space})|\\p{IsWhite_Space}+");

    @Property(tries = 3000, seed = "31")
    void cutsAsThePatternDoes(@ForAll("texts") String text) {
        assertEquals(byPattern(text), byHand(text));
    }

    @Property(tries = 400, seed = "32")
    void cuttingTheTextChangesNoPiece(@ForAll("texts") String head, @ForAll("texts") String tail) {
        byte[] text = (head + tail).getBytes(StandardCharsets.UTF_8);
        for (int to = 1; to <= text.length; to++) {
            int cut = Gpt2Pieces.GPT2.lastCut(text, 0, to);
            List<String> parts = new ArrayList<>(byHand(text, 0, cut));
            parts.addAll(byHand(text, cut, text.length));
            assertEquals(byHand(text, 0, text.length), parts);
        }
    }

    @Property(tries = 1000, seed = "33")
    void piecesOfAnyBytesAreNeverEmpty(@ForAll byte[] bytes) {
        int at = 0;
        while (at < bytes.length) {
            int end = Gpt2Pieces.GPT2.pieceEnd(bytes, at, bytes.length);
            assertEquals(true, end > at && end <= bytes.length);
            at = end;
        }
    }

    /// tiktoken and the pattern agree on every code point; so has the scanner.
    @Example
    void everyCodePointIsOfThePatternsKind() {
        for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
            if (codePoint < Character.MIN_SURROGATE || codePoint > Character.MAX_SURROGATE) {
                String text =
                        "a" + Character.toString(codePoint) + "1" + Character.toString(codePoint);
                assertEquals(byPattern(text), byHand(text));
            }
        }
    }

    @Provide
    Arbitrary<String> texts() {
        Arbitrary<String> pieces =
                Arbitraries.oneOf(
                        Arbitraries.of(
                                " ", "  ", "\n", "\t", "\u00a0", "\u3000", "\u0085", "\u2028", "'s",
                                "'t", "'re", "'ve", "'m", "'ll", "'d", "'", "'S", "a", "Zz", "é",
                                "ж", "中", "0", "½", "Ⅷ", "!", "-", "_", "😀", "\u200d", "\u0301",
                                "\u001c", "\u200b", "\ufeff", "\u180e"),
                        Arbitraries.chars()
                                .filter(c -> !Character.isSurrogate(c))
                                .map(String::valueOf),
                        Arbitraries.integers()
                                .between(0x10000, Character.MAX_CODE_POINT)
                                .map(Character::toString));
        return pieces.list().ofMaxSize(24).map(list -> String.join("", list));
    }

    private static List<String> byPattern(String text) {
        List<String> pieces = new ArrayList<>();
        Matcher matcher = GPT2.matcher(text);
        while (matcher.find()) {
            pieces.add(matcher.group());
        }
        return pieces;
    }

    private static List<String> byHand(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return byHand(bytes, 0, bytes.length);
    }

    private static List<String> byHand(byte[] bytes, int from, int to) {
        List<String> pieces = new ArrayList<>();
        for (int at = from, end; at < to; at = end) {
            end = Gpt2Pieces.GPT2.pieceEnd(bytes, at, to);
            pieces.add(new String(bytes, at, end - at, StandardCharsets.UTF_8));
        }
        return pieces;
    }
}
