package io.tornadogpt.sampler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// What steps and the draw do at the edges of what they accept.
class SamplingStepTest {
    private static final float NONE = Float.NEGATIVE_INFINITY;
    private static final float[] LOGITS = {1, 3, 2, 3, NONE, -5};

    @ParameterizedTest
    @ValueSource(ints = {6, 7, 1_000, Integer.MAX_VALUE})
    void topKOfTheVocabularyOrMoreKeepsEverything(int k) {
        assertArrayEquals(new int[] {0, 1, 2, 3, 5}, left(new TopK(k), LOGITS));
    }

    @Test
    void topKZeroIsOff() {
        assertArrayEquals(new int[] {0, 1, 2, 3, 5}, left(new TopK(0), LOGITS));
    }

    @Test
    void topKCutsTiesAtTheLowerId() {
        assertArrayEquals(new int[] {1}, left(new TopK(1), LOGITS));
        assertArrayEquals(new int[] {1, 3}, left(new TopK(2), LOGITS));
        assertArrayEquals(new int[] {0, 1, 2}, left(new TopK(3), new float[8]));
        assertArrayEquals(new int[] {0}, left(new TopK(1), new float[] {-0f, 0f}));
    }

    @Test
    void topPZeroKeepsTheMostLikelyToken() {
        assertArrayEquals(new int[] {1}, left(new TopP(0), LOGITS));
    }

    @Test
    void topPOneKeepsEverything() {
        float[] unlikely = {0, -1_000, 0, -87};
        assertArrayEquals(new int[] {0, 1, 2, 3}, left(new TopP(1), unlikely));
    }

    @Test
    void topPKeepsTheFewestTokensThatReachIt() {
        float[] quarters = new float[4];
        assertArrayEquals(new int[] {0}, left(new TopP(0.25), quarters));
        assertArrayEquals(new int[] {0, 1}, left(new TopP(0.26), quarters));
        assertArrayEquals(new int[] {0, 1, 2, 3}, left(new TopP(0.76), quarters));
    }

    @Test
    void minPOneKeepsTheMostLikelyTokenAndItsEquals() {
        assertArrayEquals(new int[] {1, 3}, left(new MinP(1), LOGITS));
        assertArrayEquals(new int[] {0, 1, 2, 3, 5}, left(new MinP(0), LOGITS));
        assertArrayEquals(new int[] {0, 1, 2, 3, 5}, left(new MinP(1e-300), LOGITS));
    }

    @Test
    void temperatureZeroKeepsTheMostLikelyTokenOfLowestId() {
        assertArrayEquals(new int[] {1}, left(new Temperature(0), LOGITS));
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.MIN_VALUE, 1e-45, 1e-9})
    void tiniestTemperaturesLeaveOnlyTheMostLikelyTokensToDraw(double temperature) {
        float[] logits = {88, 90, 90, -90};
        for (int sequence = 0; sequence < 100; sequence++) {
            int token = draw(SamplingChain.of(new Temperature(temperature)), logits, sequence);
            assertTrue(token == 1 || token == 2, "token " + token);
        }
    }

    @Test
    void largestTemperatureMakesAllTokensEquallyLikely() {
        var candidates = candidates(LOGITS);
        new Temperature(Double.MAX_VALUE).apply(candidates, new TokenHistory(LOGITS.length));
        for (int i = 0; i < candidates.size(); i++) {
            assertEquals(0, candidates.logit(i), 1e-30);
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {-1, -1e-9, Double.NaN, Double.POSITIVE_INFINITY})
    void temperatureOutOfRangeIsRefusedByValue(double value) {
        assertRefused("temperature is " + value, () -> new Temperature(value));
        assertRefused(
                "temperature is " + value, () -> SamplingOptions.DEFAULT.withTemperature(value));
    }

    @ParameterizedTest
    @ValueSource(doubles = {-1, -1e-9, 1.000001, Double.NaN, Double.POSITIVE_INFINITY})
    void sharesOutOfRangeAreRefusedByValue(double value) {
        assertRefused("top-p is " + value, () -> new TopP(value));
        assertRefused("min-p is " + value, () -> new MinP(value));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1, Double.NaN, Double.POSITIVE_INFINITY})
    void repetitionPenaltyOutOfRangeIsRefusedByValue(double value) {
        assertRefused("repetition penalty is " + value, () -> new RepetitionPenalty(value));
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY})
    void endlessPenaltiesAreRefusedByValue(double value) {
        assertRefused("frequency penalty is " + value, () -> new FrequencyPenalty(value));
        assertRefused("presence penalty is " + value, () -> new PresencePenalty(value));
    }

    @Test
    void negativeTopKIsRefusedByValue() {
        assertRefused("top-k is -1", () -> new TopK(-1));
    }

    @Test
    void onlyFiniteLogitIsDrawnWhateverTheChain() {
        float[] one = {NONE, NONE, -1e30f, NONE};
        for (SamplingStep step : everyStep()) {
            assertEquals(2, draw(SamplingChain.of(step), one, 0), step.toString());
        }
    }

    @Test
    void tiedLogitsAreAllDrawn() {
        long[] counts = new long[4];
        for (int sequence = 0; sequence < 1_000; sequence++) {
            counts[draw(SamplingChain.of(), new float[4], sequence)]++;
        }
        assertTrue(Arrays.stream(counts).allMatch(n -> n > 200), () -> Arrays.toString(counts));
    }

    @Test
    void logitsAllNegativeInfinityAreRefused() {
        float[] none = {NONE, NONE, NONE};
        var error =
                assertThrows(
                        InvalidLogitsException.class, () -> draw(SamplingChain.GREEDY, none, 0));
        assertEquals(
                "the model left none of the 3 tokens to draw from; at least one needs a finite"
                        + " logit",
                error.getMessage());
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
    void logitThatIsNoNumberIsRefusedWithItsToken(float value) {
        float[] broken = {0, 1, value, 2};
        var error =
                assertThrows(
                        InvalidLogitsException.class, () -> draw(SamplingChain.GREEDY, broken, 0));
        assertTrue(
                error.getMessage().startsWith("the model gave token 2 the logit " + value),
                error::getMessage);
    }

    @Test
    void stepThatLeavesNothingIsNamed() {
        record Nothing() implements SamplingStep {
            @Override
            public void apply(Candidates candidates, TokenHistory history) {
                candidates.retain((token, logit) -> false);
            }
        }
        var error =
                assertThrows(
                        InvalidLogitsException.class,
                        () -> draw(SamplingChain.of(new TopK(2), new Nothing()), LOGITS, 0));
        assertTrue(error.getMessage().startsWith("Nothing[] left none"), error::getMessage);
    }

    @Test
    void stepMayRemoveTokensByNegativeInfinity() {
        SamplingStep even =
                (candidates, history) ->
                        candidates.replaceLogits((token, logit) -> token % 2 == 0 ? logit : NONE);
        assertArrayEquals(new int[] {0, 2}, left(even, LOGITS));
    }

    @Test
    void penaltiesCountTheRightPartOfTheSequence() {
        var history = new TokenHistory(4, 0, 0, 1);
        history.append(1);
        history.append(2);
        history.append(2);
        float[] logits = {2, -2, 4, 1};

        assertArrayEquals(
                new float[] {1, -4, 2, 1}, changed(new RepetitionPenalty(2), logits, history));
        assertArrayEquals(
                new float[] {2, -2.5f, 3, 1}, changed(new FrequencyPenalty(0.5), logits, history));
        assertArrayEquals(
                new float[] {2, -2.5f, 3.5f, 1},
                changed(new PresencePenalty(0.5), logits, history));
        assertArrayEquals(
                new float[] {2, -1.5f, 5, 1}, changed(new FrequencyPenalty(-0.5), logits, history));
    }

    @Test
    void wrongNumberOfLogitsIsRefused() {
        var sampler = new Sampler(SamplingChain.GREEDY, 1, 4);
        assertRefused(
                "6 logits for a vocabulary of 4",
                () -> sampler.next(LOGITS, new TokenHistory(4), 0));
    }

    @Test
    void chainKeepsTheOrderInWhichStepsAreAdded() {
        SamplingStep a = new TopK(1);
        SamplingStep b = new TopK(2);
        SamplingStep c = new TopK(3);
        assertEquals(List.of(a, b, c), SamplingChain.of(b).then(c).after(a).steps());
    }

    private static List<SamplingStep> everyStep() {
        return List.of(
                new Temperature(0),
                new Temperature(1e-9),
                new Temperature(100),
                new TopK(1),
                new TopK(3),
                new TopP(0),
                new TopP(0.5),
                new MinP(0.1),
                new MinP(1),
                new RepetitionPenalty(1.3),
                new FrequencyPenalty(1),
                new PresencePenalty(1));
    }

    private static int[] left(SamplingStep step, float[] logits) {
        Candidates candidates = candidates(logits);
        step.apply(candidates, new TokenHistory(logits.length));
        candidates.settle(step);
        return IntStream.range(0, candidates.size()).map(candidates::token).toArray();
    }

    private static float[] changed(SamplingStep step, float[] logits, TokenHistory history) {
        Candidates candidates = candidates(logits);
        step.apply(candidates, history);
        float[] changed = new float[candidates.size()];
        for (int i = 0; i < changed.length; i++) {
            changed[i] = candidates.logit(i);
        }
        return changed;
    }

    private static Candidates candidates(float[] logits) {
        var candidates = new Candidates(logits.length);
        candidates.load(logits);
        candidates.settle("the test");
        return candidates;
    }

    private static int draw(SamplingChain chain, float[] logits, int sequence) {
        return new Sampler(chain, 7, logits.length)
                .next(logits, new TokenHistory(logits.length), sequence);
    }

    private static void assertRefused(
            String start, org.junit.jupiter.api.function.Executable call) {
        var error = assertThrows(IllegalArgumentException.class, call);
        assertTrue(error.getMessage().startsWith(start), error::getMessage);
    }
}
