package io.tornadogpt.sampler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// A million draws from every step against the distribution that its definition gives, computed
/// here the slow way. Pearson's chi-square at a significance of 0.001; seeds are fixed.
class SamplingDistributionTest {
    private static final int DRAWS = 1_000_000;
    private static final long SEED = 20_261_122;
    private static final double QUANTILE = 3.0902; // of the normal distribution, at 0.999

    /// Not sorted, with a tie (2 and 6) and both signs.
    private static final float[] LOGITS = {0.3f, -1.2f, 1.5f, 2.25f, -0.4f, 0.9f, 1.5f, -3f};

    /// Token 3 twice and 0 once after a prompt of 5 and 7.
    private static final TokenHistory HISTORY = new TokenHistory(LOGITS.length, 5, 7);

    static {
        HISTORY.append(3);
        HISTORY.append(0);
        HISTORY.append(3);
    }

    static Stream<Arguments> steps() {
        double[] plain = softmax(LOGITS);
        return Stream.of(
                Arguments.of(new SamplingChain(Arrays.asList()), plain),
                Arguments.of(SamplingOptions.UNCHANGED.chain(), plain),
                Arguments.of(chain(new Temperature(0.5)), softmax(logit -> logit / 0.5)),
                Arguments.of(chain(new Temperature(3)), softmax(logit -> logit / 3)),
                Arguments.of(chain(new TopK(2)), only(plain, 3, 2)),
                Arguments.of(chain(new TopK(3)), only(plain, 3, 2, 6)),
                Arguments.of(chain(new TopK(8)), plain),
                Arguments.of(chain(new TopP(0.5)), nucleus(plain, 0.5)),
                Arguments.of(chain(new TopP(0.9)), nucleus(plain, 0.9)),
                Arguments.of(chain(new TopP(1)), plain),
                Arguments.of(chain(new MinP(0.2)), only(plain, 2, 3, 5, 6)),
                Arguments.of(chain(new MinP(0)), plain),
                Arguments.of(
                        chain(new RepetitionPenalty(1.5)),
                        softmax(0.3 / 1.5, -1.2, 1.5, 2.25 / 1.5, -0.4, 0.9 / 1.5, 1.5, -3 * 1.5)),
                Arguments.of(
                        chain(new FrequencyPenalty(0.7)),
                        softmax(0.3 - 0.7, -1.2, 1.5, 2.25 - 1.4, -0.4, 0.9, 1.5, -3)),
                Arguments.of(
                        chain(new PresencePenalty(0.7)),
                        softmax(0.3 - 0.7, -1.2, 1.5, 2.25 - 0.7, -0.4, 0.9, 1.5, -3)),
                Arguments.of(
                        SamplingOptions.UNCHANGED
                                .withTemperature(0.8)
                                .withTopK(6)
                                .withTopP(0.95)
                                .chain(),
                        nucleus(only(softmax(logit -> logit / 0.8), 3, 2, 6, 5, 0, 4), 0.95)));
    }

    @ParameterizedTest
    @MethodSource("steps")
    void millionDrawsFollowTheDistributionOfTheStep(SamplingChain chain, double[] expected) {
        long[] counts = draw(chain);

        for (int token = 0; token < expected.length; token++) {
            if (expected[token] == 0) {
                assertEquals(0, counts[token], "draws of token " + token + ", which was removed");
            }
        }
        double statistic = chiSquare(counts, expected);
        double limit = critical(freedom(expected));
        assertTrue(
                statistic < limit,
                () ->
                        "chi-square %.2f, expected < %.2f; seed %d, counts %s"
                                .formatted(statistic, limit, SEED, Arrays.toString(counts)));
    }

    @Test
    void statisticSeesTemperatureThatIsOffByOnePercent() {
        long[] counts = draw(chain(new Temperature(1.01)));
        double[] plain = softmax(LOGITS);
        assertTrue(chiSquare(counts, plain) > critical(freedom(plain)));
    }

    /// A draw depends on the position in a sequence as it does on the number of the sequence.
    @Test
    void drawsAlongOneSequenceFollowTheDistributionToo() {
        var sampler = new Sampler(chain(), SEED, LOGITS.length);
        var history = new TokenHistory(LOGITS.length);
        long[] counts = new long[LOGITS.length];
        for (int i = 0; i < DRAWS; i++) {
            int token = sampler.next(LOGITS, history, 0);
            counts[token]++;
            history.append(token);
        }
        double[] plain = softmax(LOGITS);
        assertTrue(chiSquare(counts, plain) < critical(freedom(plain)));
    }

    /// Pairs of successive draws, as a table of 8 x 8.
    @Test
    void successiveDrawsAreIndependent() {
        var sampler = new Sampler(chain(), SEED + 1, LOGITS.length);
        var history = new TokenHistory(LOGITS.length);
        int v = LOGITS.length;
        long[] counts = new long[v * v];
        for (int i = 0; i < DRAWS; i++) {
            int first = sampler.next(LOGITS, history, 0);
            history.append(first);
            int second = sampler.next(LOGITS, history, 0);
            history.append(second);
            counts[first * v + second]++;
        }
        double[] plain = softmax(LOGITS);
        double[] pairs = new double[v * v];
        Arrays.setAll(pairs, i -> plain[i / v] * plain[i % v]);
        assertTrue(chiSquare(counts, pairs) < critical(freedom(pairs)));
    }

    private static long[] draw(SamplingChain chain) {
        var sampler = new Sampler(chain, SEED, LOGITS.length);
        long[] counts = new long[LOGITS.length];
        for (int sequence = 0; sequence < DRAWS; sequence++) {
            counts[sampler.next(LOGITS, HISTORY, sequence)]++;
        }
        return counts;
    }

    private static SamplingChain chain(SamplingStep... steps) {
        return SamplingChain.of(steps);
    }

    private static double[] softmax(java.util.function.DoubleUnaryOperator change) {
        return softmax(
                IntStream.range(0, LOGITS.length)
                        .mapToDouble(i -> change.applyAsDouble(LOGITS[i]))
                        .toArray());
    }

    private static double[] softmax(float[] logits) {
        return softmax(IntStream.range(0, logits.length).mapToDouble(i -> logits[i]).toArray());
    }

    private static double[] softmax(double... logits) {
        return normalized(Arrays.stream(logits).map(Math::exp).toArray());
    }

    private static double[] only(double[] probabilities, int... tokens) {
        double[] kept = new double[probabilities.length];
        for (int token : tokens) {
            kept[token] = probabilities[token];
        }
        return normalized(kept);
    }

    private static double[] nucleus(double[] probabilities, double p) {
        int[] order =
                IntStream.range(0, probabilities.length)
                        .boxed()
                        .sorted(Comparator.comparingDouble(i -> -probabilities[i]))
                        .mapToInt(i -> i)
                        .toArray();
        double sum = 0;
        int count = 0;
        while (sum < p) {
            sum += probabilities[order[count++]];
        }
        return only(probabilities, Arrays.copyOf(order, count));
    }

    private static double[] normalized(double[] weights) {
        double sum = Arrays.stream(weights).sum();
        return Arrays.stream(weights).map(w -> w / sum).toArray();
    }

    private static double chiSquare(long[] counts, double[] expected) {
        double sum = 0;
        for (int i = 0; i < counts.length; i++) {
            if (expected[i] > 0) {
                double mean = expected[i] * DRAWS;
                sum += (counts[i] - mean) * (counts[i] - mean) / mean;
            }
        }
        return sum;
    }

    private static int freedom(double[] expected) {
        return (int) Arrays.stream(expected).filter(p -> p > 0).count() - 1;
    }

    /// The quantile of the chi-square distribution by Wilson and Hilferty's approximation (1931).
    private static double critical(int freedom) {
        if (freedom == 0) {
            return Double.MIN_NORMAL;
        }
        double variance = 2 / (9.0 * freedom);
        return freedom * Math.pow(1 - variance + QUANTILE * Math.sqrt(variance), 3);
    }
}
