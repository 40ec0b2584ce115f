package io.tornadogpt.sampler.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.tornadogpt.sampler.engine.GenerationEvent.Piece;
import io.tornadogpt.tokenizer.BpeTrainer;
import io.tornadogpt.tokenizer.Tokenizer;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Text as it comes out of tokens that are single bytes: every character beyond ASCII is made of
/// several, and so is every stop string.
class TextAssemblyPropertyTest {
    private static final Tokenizer BYTES = new BpeTrainer(257).train("");

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.of("a", "b", "é", "€", "😀", "😁")
                .list()
                .ofMaxSize(30)
                .map(parts -> String.join("", parts));
    }

    @Provide
    Arbitrary<List<String>> stops() {
        return Arbitraries.of("a", "b", "é", "€", "😀", "😁")
                .list()
                .ofMinSize(1)
                .ofMaxSize(3)
                .map(parts -> String.join("", parts))
                .list()
                .ofMaxSize(3);
    }

    @Property(tries = 1000, seed = "20261129")
    void piecesAreTheTextBeforeTheFirstStopStringAndNeverMore(
            @ForAll("texts") String text, @ForAll("stops") List<String> stops) {
        var assembly = new TextAssembly(BYTES, stops);
        List<Piece> pieces = new ArrayList<>();
        int[] tokens = BYTES.encode(text);
        for (int i = 0; i < tokens.length && assembly.stopString().isEmpty(); i++) {
            assembly.push(tokens[i], score(i)).ifPresent(pieces::add);
        }
        assembly.finish().ifPresent(pieces::add);

        String before = text.substring(0, firstStop(text, stops));
        var out = new StringBuilder();
        List<Integer> given = new ArrayList<>();
        for (Piece piece : pieces) {
            assertFalse(
                    !piece.text().isEmpty() && Character.isLowSurrogate(piece.text().charAt(0)),
                    "a piece begins within a character");
            assertFalse(piece.text().contains("\uFFFD"));
            assertEquals(piece.tokens().size(), piece.scores().size());
            out.append(piece.text());
            given.addAll(piece.tokens());
            byte[] bytes = BYTES.decodeBytes(given.stream().mapToInt(t -> t).toArray());
            assertTrue(
                    bytes.length <= out.toString().getBytes(UTF_8).length,
                    "tokens run ahead of the text");
        }
        assertEquals(before, out.toString());
        assertEquals(before, assembly.text());
        assertEquals(before, BYTES.decode(given.stream().mapToInt(t -> t).toArray()));
        assertEquals(before.length() < text.length(), assembly.stopString().isPresent());
    }

    private static TokenScore score(int i) {
        return new TokenScore(i, -1, List.of());
    }

    /// Where the stop string begins whose end comes first; the longest of those that end there.
    private static int firstStop(String text, List<String> stops) {
        for (int end = 1; end <= text.length(); end++) {
            String head = text.substring(0, end);
            Optional<String> longest =
                    stops.stream()
                            .filter(head::endsWith)
                            .max((a, b) -> Integer.compare(a.length(), b.length()));
            if (longest.isPresent()) {
                return end - longest.get().length();
            }
        }
        return text.length();
    }
}
