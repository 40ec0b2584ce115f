package io.tornadogpt.sampler;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;

/// Selection without sorting against selection by sorting, over logits of any size with many ties.
class SamplingPropertyTest {
    private static final String SEED = "20261122";

    @Property(tries = 300, seed = SEED)
    void topKKeepsWhatSortingKeeps(
            @ForAll("logits") float[] logits, @ForAll @IntRange(min = 1, max = 3_000) int k) {
        int[] expected = descending(logits).limit(k).sorted().toArray();
        assertArrayEquals(expected, kept(logits, candidates -> candidates.retainMostLikely(k)));
    }

    /// Sums in another order round differently, so the edge is allowed 1e-12.
    @Property(tries = 300, seed = SEED)
    void topPKeepsTheShortestSortedPrefixThatReachesIt(
            @ForAll("logits") float[] logits, @ForAll @DoubleRange(min = 0, max = 1) double p) {
        int[] kept = kept(logits, candidates -> candidates.retainMass(p));
        int[] prefix = descending(logits).limit(kept.length).toArray();

        assertArrayEquals(IntStream.of(prefix).sorted().toArray(), kept);
        double total = mass(logits, descending(logits).toArray());
        double share = mass(logits, prefix) / total;
        double less = (mass(logits, prefix) - weight(logits, prefix[prefix.length - 1])) / total;
        assertTrue(share >= p - 1e-12, () -> share + " does not reach " + p);
        assertTrue(
                kept.length == 1 || less < p + 1e-12,
                () -> less + " would have been enough for " + p);
    }

    @Property(tries = 300, seed = SEED)
    void stepsThatRemoveNothingDoNotChangeTheDraw(
            @ForAll("logits") float[] logits, @ForAll long seed, @ForAll @IntRange int sequence) {
        var history = new TokenHistory(logits.length);
        int plain =
                new Sampler(SamplingChain.of(), seed, logits.length)
                        .next(logits, history, sequence);
        var off = SamplingOptions.UNCHANGED.withTopK(logits.length).chain();
        assertEquals(plain, new Sampler(off, seed, logits.length).next(logits, history, sequence));
    }

    @Property(tries = 300, seed = SEED)
    void greedyTopKOneAndTopPZeroAgree(@ForAll("logits") float[] logits, @ForAll long seed) {
        int greedy = descending(logits).findFirst().orElseThrow();
        var history = new TokenHistory(logits.length);
        for (SamplingStep step : List.of(new Temperature(0), new TopK(1), new TopP(0))) {
            var sampler = new Sampler(SamplingChain.of(step), seed, logits.length);
            assertEquals(greedy, sampler.next(logits, history, 3), step.toString());
        }
    }

    @Property(tries = 300, seed = SEED)
    void drawnTokenIsAmongTheCandidates(
            @ForAll("logits") float[] logits,
            @ForAll @IntRange(min = 1, max = 50) int k,
            @ForAll long seed) {
        var sampler = new Sampler(SamplingChain.of(new TopK(k)), seed, logits.length);
        int token = sampler.next(logits, new TokenHistory(logits.length), 0);
        assertTrue(descending(logits).limit(k).anyMatch(t -> t == token), "token " + token);
    }

    @Property(tries = 500, seed = SEED)
    void heaviestPrefixIsThatOfASortedList(
            @ForAll @IntRange(min = 1, max = 400) int size,
            @ForAll @DoubleRange(min = 0, max = 1.1) double share,
            @ForAll long seed) {
        RandomGenerator random = RandomGeneratorFactory.of("SplittableRandom").create(seed);
        long[] keys = random.longs().distinct().limit(size).toArray();
        // Whole numbers, zero among them, so that sums are exact in any order.
        double[] weights = random.ints(size, 0, 5).asDoubleStream().toArray();
        double enough =
                Math.ceil(share * IntStream.range(0, size).mapToDouble(i -> weights[i]).sum());

        int[] order =
                IntStream.range(0, size)
                        .boxed()
                        .sorted(Comparator.comparingLong((Integer i) -> keys[i]).reversed())
                        .mapToInt(i -> i)
                        .toArray();
        double sum = 0;
        int last = 0;
        for (int i = 0; i < size && (i == 0 || sum < enough); i++) {
            sum += weights[order[i]];
            last = order[i];
        }
        assertEquals(keys[last], HeaviestPrefix.last(keys.clone(), weights.clone(), size, enough));
    }

    /// A few logits or thousands, coarse enough to tie often, some of them removed.
    @Provide
    Arbitrary<float[]> logits() {
        Arbitrary<Float> logit =
                Arbitraries.oneOf(
                        Arbitraries.floats().between(-30, 30),
                        Arbitraries.integers().between(-8, 8).map(i -> i / 2f),
                        Arbitraries.of(0f, -0f, Float.NEGATIVE_INFINITY));
        return Arbitraries.oneOf(
                        logit.array(float[].class).ofMinSize(1).ofMaxSize(60),
                        logit.array(float[].class).ofMinSize(500).ofMaxSize(3_000))
                .filter(SamplingPropertyTest::anyFinite);
    }

    private static boolean anyFinite(float[] logits) {
        return IntStream.range(0, logits.length).anyMatch(i -> Float.isFinite(logits[i]));
    }

    /// Tokens that can be drawn, the most likely first, of equal ones the lower id first.
    private static IntStream descending(float[] logits) {
        return IntStream.range(0, logits.length)
                .filter(i -> logits[i] > Float.NEGATIVE_INFINITY)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -(logits[i] + 0.0)))
                .mapToInt(i -> i);
    }

    private static int[] kept(float[] logits, Consumer<Candidates> selection) {
        var candidates = new Candidates(logits.length);
        candidates.load(logits);
        candidates.settle("the test");
        selection.accept(candidates);
        return IntStream.range(0, candidates.size()).map(candidates::token).toArray();
    }

    private static double mass(float[] logits, int[] tokens) {
        return IntStream.of(tokens).mapToDouble(token -> weight(logits, token)).sum();
    }

    private static double weight(float[] logits, int token) {
        return Math.exp(logits[token]);
    }
}
