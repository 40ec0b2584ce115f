package io.tornadogpt.sampler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.GptModel;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;
import java.util.stream.IntStream;

/// The cache against a model without one, logit by logit.
class PredictorTest {
    private static final int VOCABULARY = 11;
    private static final int TOKENS = 22;

    /// Both compute in double precision, in different order; the results are rounded to float.
    private static final float ROUNDING = 1e-5f;

    private final GptModel model = TinyModel.of(VOCABULARY);

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

    @Test
    void aPromptGoesThroughPiecesOfSeveralLengths() {
        logitsAreThoseOfTheLastBlockOfTokens(model, 8, 3, 2);
        logitsAreThoseOfTheLastBlockOfTokens(model, 7, 7, 2);
    }

    private static void logitsAreThoseOfTheLastBlockOfTokens(GptModel model, int... piece) {
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
                predictor.predict();
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
            predictor.predict();
            predictor.end(0);
            predictor.begin(1, second);
            predictor.predict();
            assertArrayEquals(uncached.logits(second), predictor.logits(1), ROUNDING);
        }
    }

    private static int[] tokens(int seed) {
        return IntStream.range(0, TOKENS)
                .map(i -> Math.floorMod(seed * 31 + i * i * 7 + i, VOCABULARY))
                .toArray();
    }
}
