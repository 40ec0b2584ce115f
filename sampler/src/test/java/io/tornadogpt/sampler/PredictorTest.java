package io.tornadogpt.sampler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.Model;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.stream.IntStream;

/// The cache against a model without one, logit by logit.
class PredictorTest {
    private static final int VOCABULARY = 11;
    private static final int TOKENS = 22;

    /// Both compute in double precision, in different order; the results are rounded to float.
    private static final float ROUNDING = 1e-5f;

    private final Model model = TinyModel.of(VOCABULARY);

    /// Three sequences of different lengths pass the end of the block at different times, in pieces
    /// that divide the block and pieces that do not.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 5, 7, 8})
    void logitsAreThoseOfTheLastBlockOfTokens(int piece) {
        logitsAreThoseOfTheLastBlockOfTokens(model, piece);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 8})
    void logitsAreThoseOfTheLastBlockOfTokensWhereLayersHaveWindows(int piece) {
        logitsAreThoseOfTheLastBlockOfTokens(TinyModel.windowed(VOCABULARY), piece);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 8})
    void logitsAreThoseOfTheLastBlockOfTokensWherePositionsAreRotary(int piece) {
        logitsAreThoseOfTheLastBlockOfTokens(
                TinyModel.llama(VOCABULARY, TinyModel.BLOCK_SIZE), piece);
    }

    @Test
    void aPromptGoesThroughPiecesOfSeveralLengths() {
        logitsAreThoseOfTheLastBlockOfTokens(model, 8, 3, 2);
        logitsAreThoseOfTheLastBlockOfTokens(model, 7, 7, 2);
    }

    private static void logitsAreThoseOfTheLastBlockOfTokens(Model model, int... piece) {
        int[][] sequences = {tokens(1), tokens(2), tokens(3)};
        int[] lengths = {1, 6, 13};
        var programs = GenerationPrograms.of(model, sequences.length, piece);
        try (Session session = TinyModel.REFERENCE.open(programs.programs());
                var uncached = new WithoutCache(model)) {
            TinyModel.weights(model).writeTo(session);
            var predictor = new Predictor(session, programs);
            for (int slot = 0; slot < sequences.length; slot++) {
                predictor.begin(slot, Arrays.copyOf(sequences[slot], lengths[slot]));
            }
            while (lengths[2] < TOKENS) {
                predict(predictor);
                for (int slot = 0; slot < sequences.length; slot++) {
                    int[] seen = Arrays.copyOf(sequences[slot], lengths[slot]);
                    assertArrayEquals(
                            uncached.logits(seen),
                            predictor.logits(slot),
                            ROUNDING,
                            "slot " + slot + " after " + Arrays.toString(seen));
                    predictor.append(slot, sequences[slot][lengths[slot]++]);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4, 8})
    void slotForgetsTheSequenceBefore(int length) {
        var programs = GenerationPrograms.of(model, 2, 4);
        int[] second = Arrays.copyOf(tokens(5), length);
        try (Session session = TinyModel.REFERENCE.open(programs.programs());
                var uncached = new WithoutCache(model)) {
            TinyModel.weights(model).writeTo(session);
            var predictor = new Predictor(session, programs);
            predictor.begin(0, tokens(4));
            predictor.begin(1, tokens(4));
            predict(predictor);
            predictor.end(0);
            predictor.begin(1, second);
            predict(predictor);
            assertArrayEquals(uncached.logits(second), predictor.logits(1), ROUNDING);
        }
    }

    private static final int LONG = 100;

    /// The cache keeps what the same programs would read alike, and the last piece is read again.
    @Test
    void whatTheCacheHoldsIsNotReadAgain() {
        Model longer = TinyModel.of(VOCABULARY, LONG);
        var programs = GenerationPrograms.of(longer, 2, 16, 4); // 4 tokens by decode, 8 by 4
        int[] first = tokens(1, 50);
        int[] second = tokens(1, 70);
        try (Session session = TinyModel.REFERENCE.open(programs.programs())) {
            TinyModel.weights(longer).writeTo(session);
            var kept = new Predictor(session, programs);
            assertEquals(0, kept.begin(1, first));
            predict(kept); // 16, 16, 16, decode 2
            kept.append(1, second[50]);
            predict(kept);
            kept.end(1);
            assertEquals(1, kept.freeSlot(second));
            assertEquals(48, kept.begin(1, second), "the 16s, not what decode read");
            predict(kept);
            float[] expected = fresh(session, programs, second);
            assertArrayEquals(expected, kept.logits(1));

            kept.end(1);
            second[20]++;
            assertEquals(16, kept.begin(1, second), "up to the piece with another token");
        }
    }

    private static float[] fresh(Session session, GenerationPrograms programs, int[] tokens) {
        var predictor = new Predictor(session, programs);
        predictor.begin(0, tokens);
        predict(predictor);
        return predictor.logits(0).clone();
    }

    @Test
    void aNewConversationTakesTheSlotThatWasLeftAloneLongest() {
        Model longer = TinyModel.of(VOCABULARY, LONG);
        var programs = GenerationPrograms.of(longer, 3, 16, 4);
        try (Session session = TinyModel.REFERENCE.open(programs.programs())) {
            TinyModel.weights(longer).writeTo(session);
            var predictor = new Predictor(session, programs);
            for (int i = 0; i < 3; i++) {
                int slot = predictor.freeSlot(tokens(i, 60));
                assertEquals(i, slot);
                predictor.begin(slot, tokens(i, 60));
            }
            assertEquals(-1, predictor.freeSlot(tokens(0, 60)), "all are busy");
            predict(predictor);
            predictor.end(1);
            predictor.end(0);
            assertEquals(1, predictor.freeSlot(tokens(1, 61)), "the one that began alike");
            assertEquals(0, predictor.freeSlot(tokens(7, 60)), "the older one");
            int[] fewAlike = tokens(1, 60);
            fewAlike[17]++;
            assertEquals(0, predictor.freeSlot(fewAlike), "16 tokens are worth less than 44");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 31, 32, 33, 64, 90})
    void scoredPromptHasTheLogitsOfEveryToken(int length) {
        Model longer = TinyModel.llama(VOCABULARY, LONG);
        var programs = GenerationPrograms.of(longer, 2).withScore();
        int[] prompt = tokens(3, length);
        try (Session session = TinyModel.REFERENCE.open(programs.programs());
                var uncached = new WithoutCache(longer)) {
            TinyModel.weights(longer).writeTo(session);
            var predictor = new Predictor(session, programs);
            var heard = new ArrayList<float[]>();
            predictor.begin(1, tokens(5, 40));
            predictor.beginScored(
                    0,
                    (position, logits) -> {
                        assertEquals(heard.size(), position);
                        heard.add(logits.clone());
                    },
                    prompt);
            predict(predictor);
            assertEquals(length, heard.size());
            for (int i = 0; i < length; i++) {
                float[] expected = uncached.logits(Arrays.copyOf(prompt, i + 1));
                assertArrayEquals(expected, heard.get(i), ROUNDING, "token " + i);
            }
            assertArrayEquals(heard.getLast(), predictor.logits(0), "what follows");
            predictor.append(0, 5);
            predict(predictor);
            int[] more = Arrays.copyOf(prompt, length + 1);
            more[length] = 5;
            assertArrayEquals(uncached.logits(more), predictor.logits(0), ROUNDING);
        }
    }

    @Test
    void scoringAsksForItsProgramAndForRoom() {
        var programs = GenerationPrograms.of(model, 1);
        var scoring = programs.withScore();
        try (Session session = TinyModel.REFERENCE.open(scoring.programs())) {
            var without = new Predictor(session, programs);
            var error =
                    assertThrows(
                            IllegalStateException.class,
                            () -> without.beginScored(0, (position, logits) -> {}, 1));
            assertTrue(String.valueOf(error.getMessage()).contains("withScore()"));
            var with = new Predictor(session, scoring);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> with.beginScored(0, (position, logits) -> {}, tokens(1, 9)));
        }
    }

    /// Reads all there is.
    private static void predict(Predictor predictor) {
        boolean more = true;
        while (more) {
            more = false;
            for (int slot = 0; slot < predictor.slots(); slot++) {
                while (predictor.isReading(slot)) {
                    predictor.read(slot);
                    more = true;
                }
            }
            if (!more) {
                predictor.decode();
                more = IntStream.range(0, predictor.slots()).anyMatch(predictor::isPending);
            }
        }
    }

    private static int[] tokens(int seed) {
        return tokens(seed, TOKENS);
    }

    private static int[] tokens(int seed, int count) {
        return IntStream.range(0, count)
                .map(i -> Math.floorMod(seed * 31 + i * i * 7 + i, VOCABULARY))
                .toArray();
    }
}
