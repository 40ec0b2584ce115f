package io.tornadogpt.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;

import io.tornadogpt.tokenizer.text.ByteAlphabet;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

class BpeTrainerTest {

    static Stream<JsonNode> goldenRuns() {
        return Golden.json("merges.json").get("runs").valueStream();
    }

    @ParameterizedTest
    @MethodSource("goldenRuns")
    void givesHuggingFacesMerges(JsonNode run) {
        Tokenizer tokenizer =
                new BpeTrainer(
                                run.get("vocabularySize").intValue(),
                                run.get("minFrequency").intValue(),
                                strings(run.get("specialTokens")))
                        .train(Golden.json("merges.json").get("text").asText());

        assertEquals(strings(run.get("merges")), spelled(tokenizer));
    }

    @Test
    void givesHuggingFacesVocabulary() {
        Tokenizer trained =
                new BpeTrainer(600, 1, List.of(Tokenizer.END_OF_TEXT))
                        .train(Golden.json("merges.json").get("text").asText());
        Tokenizer golden = Golden.bpe();

        assertEquals(golden.vocabularySize(), trained.vocabularySize());
        for (int id = 0; id < golden.vocabularySize(); id++) {
            assertArrayEquals(golden.tokenBytes(id), trained.tokenBytes(id));
        }
    }

    /// Both `a b` and `b c` occur twice; `a` has the smaller id.
    @Test
    void tiesGoToTheSmallerPair() {
        Tokenizer tokenizer = new BpeTrainer(257, 1, List.of()).train("abc abc");

        assertEquals(List.of("a b"), spelled(tokenizer));
    }

    @Test
    void overlappingOccurrencesCountEach() {
        // Counted without overlaps "z z" would occur once, as "b c" does, and lose the tie.
        Tokenizer tokenizer = new BpeTrainer(257, 1, List.of()).train("zzz\nbc");

        assertEquals(List.of("z z"), spelled(tokenizer));
    }

    @Test
    void stopsWhereNoPairIsFrequentEnough() {
        assertEquals(List.of("a b"), spelled(new BpeTrainer(5000, 2, List.of()).train("ab ab")));
        assertEquals(256, new BpeTrainer(5000, 2, List.of()).train("abcdef").vocabularySize());
        assertEquals(257, new BpeTrainer(300).train("").vocabularySize());
    }

    @Test
    void resultDoesNotDependOnHowTheTextIsCut() throws IOException {
        String text = Golden.json("merges.json").get("text").asText().repeat(2_000);
        List<Long> counted = new ArrayList<>();
        List<Integer> merged = new ArrayList<>();
        TrainingProgress progress =
                new TrainingProgress() {
                    @Override
                    public void counted(long bytes) {
                        counted.add(bytes);
                    }

                    @Override
                    public void merged(int done, int wanted) {
                        merged.add(done);
                    }
                };
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        Tokenizer inChunks =
                new BpeTrainer(500, 1, List.of()).train(new ByteArrayInputStream(utf8), progress);
        Tokenizer small =
                new BpeTrainer(500, 1, List.of()).train(text.substring(0, text.length() / 2000));

        assertTrue(counted.size() > 1);
        assertEquals(utf8.length, counted.getLast());
        assertEquals(500, merged.getLast());
        assertEquals(244, merged.size());
        assertEquals(spelled(small), spelled(inChunks));
    }

    @Test
    void refusesSettingsThatMakeNoVocabulary() {
        List<String> special = List.of("<s>");

        assertThrows(IllegalArgumentException.class, () -> new BpeTrainer(256, 1, special));
        assertThrows(IllegalArgumentException.class, () -> new BpeTrainer(1 << 21, 1, special));
        assertThrows(IllegalArgumentException.class, () -> new BpeTrainer(300, 0, special));
        assertThrows(
                IllegalArgumentException.class,
                () -> new BpeTrainer(300, 1, List.of("<s>", "<s>")));
    }

    @Test
    void refusesAStreamThatIsNotUtf8() {
        byte[] bytes = {'a', 'b', (byte) 0xC3};

        UnencodableTextException e =
                assertThrows(
                        UnencodableTextException.class,
                        () ->
                                new BpeTrainer(300)
                                        .train(
                                                new ByteArrayInputStream(bytes),
                                                TrainingProgress.SILENT));
        assertEquals(2, e.position());
    }

    private static List<String> strings(JsonNode array) {
        return array.valueStream().map(JsonNode::asText).toList();
    }

    private static List<String> spelled(Tokenizer tokenizer) {
        List<String> merges = new ArrayList<>();
        for (int rank = 0; rank < Golden.merges(tokenizer).size(); rank++) {
            byte[] left = tokenizer.tokenBytes(Golden.merges(tokenizer).left(rank));
            byte[] right = tokenizer.tokenBytes(Golden.merges(tokenizer).right(rank));
            merges.add(ByteAlphabet.spell(left) + " " + ByteAlphabet.spell(right));
        }
        return merges;
    }
}
