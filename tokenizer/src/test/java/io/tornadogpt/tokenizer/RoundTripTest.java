package io.tornadogpt.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.tornadogpt.tokenizer.text.Utf8;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import java.nio.charset.StandardCharsets;

class RoundTripTest {

    private static final Tokenizer BPE = Golden.bpe();

    @Property(tries = 3000, seed = "41")
    void bpeGivesBackAnyText(@ForAll("unicode") String text) {
        assertEquals(text, BPE.decode(BPE.encode(text)));
    }

    @Property(tries = 3000, seed = "42")
    void bpeGivesBackAnyBytes(@ForAll byte[] bytes) {
        assertArrayEquals(bytes, BPE.decodeBytes(BPE.encodeBytes(bytes)));
    }

    @Property(tries = 1000, seed = "43")
    void charsGiveBackTheTextTheyWereMadeFrom(@ForAll("unicode") String text) {
        Tokenizer tokenizer = CharTokenizer.train(text);

        assertEquals(text, tokenizer.decode(tokenizer.encode(text)));
        assertEquals(text.codePointCount(0, text.length()), tokenizer.encode(text).length);
    }

    @Property(tries = 3000, seed = "44")
    void decodingTokenByTokenGivesTheTextOfAllTokens(@ForAll byte[] bytes) {
        int[] ids = BPE.encodeBytes(bytes);
        StreamDecoder decoder = BPE.streamDecoder();
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
            text.append(decoder.push(id));
        }
        text.append(decoder.finish());

        assertEquals(BPE.decode(ids), text.toString());
    }

    @Property(tries = 2000, seed = "45")
    void streamDecoderNeverGivesOutHalfACharacter(@ForAll("unicode") String text) {
        StreamDecoder decoder = BPE.streamDecoder();
        StringBuilder seen = new StringBuilder();
        for (int id : BPE.encode(text)) {
            String part = decoder.push(id);
            assertFalse(endsInHalf(part), part);
            seen.append(part);
        }

        assertEquals("", decoder.finish());
        assertEquals(text, seen.toString());
    }

    @Property(tries = 3000, seed = "46")
    void utf8IsReadAsTheJdkReadsIt(@ForAll byte[] bytes) {
        String jdk = new String(bytes, StandardCharsets.UTF_8);
        boolean wellFormed = !jdk.contains("\uFFFD");
        StringBuilder text = new StringBuilder();
        for (int at = 0; at < bytes.length; ) {
            int decoded = Utf8.decode(bytes, at, bytes.length);
            if (decoded == Utf8.MALFORMED) {
                assertFalse(wellFormed);
                return;
            }
            text.appendCodePoint(Utf8.codePoint(decoded));
            at += Utf8.length(decoded);
        }
        assertEquals(jdk, text.toString());
    }

    @Provide
    Arbitrary<String> unicode() {
        Arbitrary<String> sequences =
                Arbitraries.of(
                        "👩‍👩‍👧‍👦",
                        "🏳️‍🌈",
                        "🇩🇪",
                        "👍🏽",
                        "1️⃣",
                        "e\u0301",
                        "한국어",
                        " the",
                        "\uFFFD");
        Arbitrary<String> codePoints =
                Arbitraries.integers()
                        .between(0, Character.MAX_CODE_POINT)
                        .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
                        .map(Character::toString);
        return Arbitraries.oneOf(sequences, codePoints)
                .list()
                .ofMaxSize(40)
                .map(list -> String.join("", list));
    }

    private static boolean endsInHalf(String part) {
        return !part.isEmpty() && Character.isHighSurrogate(part.charAt(part.length() - 1));
    }
}
