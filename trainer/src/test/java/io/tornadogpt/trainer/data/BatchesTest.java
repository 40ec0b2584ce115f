package io.tornadogpt.trainer.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import org.junit.jupiter.api.Test;

import java.util.Arrays;
import java.util.stream.IntStream;

final class BatchesTest {
    private static Tokens counting(int count) {
        return Tokens.of(IntStream.range(0, count).toArray());
    }

    /// Inputs, then targets.
    private static int[][] batch(Batches batches, int step, int microBatch) {
        int n = batches.batchSize() * batches.blockSize();
        int[][] batch = new int[2][n];
        Arrays.stream(batch).forEach(row -> Arrays.fill(row, Integer.MIN_VALUE));
        batches.fill(step, microBatch, batch[0], batch[1]);
        return batch;
    }

    @Test
    void randomBatchIsFunctionOfSeedStepAndMicroBatch() {
        var one = Batches.random(counting(10_000), 4, 8, 7);
        var two = Batches.random(counting(10_000), 4, 8, 7);
        batch(two, 99, 3);
        assertArrayEquals(batch(one, 5, 1), batch(two, 5, 1));
        assertFalse(Arrays.deepEquals(batch(one, 5, 1), batch(one, 5, 2)));
        assertFalse(Arrays.deepEquals(batch(one, 5, 1), batch(one, 6, 1)));
        var otherSeed = Batches.random(counting(10_000), 4, 8, 8);
        assertFalse(Arrays.deepEquals(batch(one, 5, 1), batch(otherSeed, 5, 1)));
    }

    /// The places of these rows are part of every run's results; they must not change unnoticed.
    /// The numbers were computed in Python from the definition of Threefry-4x32 with 12 rounds.
    @Test
    void randomPlacesStayWhatTheyAre() {
        int[] inputs = batch(Batches.random(counting(1_000_000), 4, 1, 1337), 3, 1)[0];
        assertArrayEquals(new int[] {672188, 864128, 405023, 489073}, inputs);
    }

    @Property(tries = 200)
    void randomRowsLieInTheTextAndTargetsAreOneFurther(
            @ForAll @IntRange(min = 2, max = 50) int count,
            @ForAll @IntRange(min = 1, max = 49) int blockSize,
            @ForAll @IntRange(min = 0, max = 1000) int step) {
        int t = Math.min(blockSize, count - 1);
        int[][] batch = batch(Batches.random(counting(count), 3, t, 1), step, 0);
        for (int row = 0; row < 3; row++) {
            for (int i = 0; i < t; i++) {
                assertEquals(batch[0][row * t] + i, batch[0][row * t + i]);
                assertEquals(batch[0][row * t + i] + 1, batch[1][row * t + i]);
            }
        }
    }

    @Test
    void everyPlaceIsEquallyLikely() {
        int places = 20;
        int rows = 50;
        int steps = 2000;
        var batches = Batches.random(counting(places + 3), rows, 3, 42);
        int[] hits = new int[places];
        for (int step = 0; step < steps; step++) {
            int[] inputs = batch(batches, step, 0)[0];
            for (int row = 0; row < rows; row++) {
                hits[inputs[row * 3]]++;
            }
        }
        double expected = (double) rows * steps / places;
        double chiSquare =
                Arrays.stream(hits).mapToDouble(h -> (h - expected) * (h - expected)).sum()
                        / expected;
        // 19 degrees of freedom: 43.8 is exceeded once in a thousand seeds.
        assertTrue(chiSquare < 43.8, "chi-square " + chiSquare + " " + Arrays.toString(hits));
    }

    @Test
    void sequentialBatchesFollowEachOtherAndWrap() {
        // 2 x 3 tokens a batch; 20 tokens hold three batches and a last target.
        var batches = Batches.sequential(counting(20), 2, 3, 1);
        for (int step = 0; step < 9; step++) {
            int from = step % 3 * 6;
            int[][] batch = batch(batches, step, 0);
            assertArrayEquals(IntStream.range(from, from + 6).toArray(), batch[0]);
            assertArrayEquals(IntStream.range(from + 1, from + 7).toArray(), batch[1]);
        }
    }

    @Test
    void sequentialBatchWithoutItsLastTargetDoesNotFit() {
        assertEquals(6, batch(Batches.sequential(counting(13), 2, 3, 1), 1, 0)[0][0]);
        assertEquals(0, batch(Batches.sequential(counting(12), 2, 3, 1), 1, 0)[0][0]);
    }

    @Test
    void sequentialMicroBatchesContinueTheStep() {
        var batches = Batches.sequential(counting(25), 2, 3, 3);
        assertEquals(0, batch(batches, 0, 0)[0][0]);
        assertEquals(6, batch(batches, 0, 1)[0][0]);
        assertEquals(12, batch(batches, 0, 2)[0][0]);
        assertEquals(18, batch(batches, 1, 0)[0][0]);
        assertEquals(0, batch(batches, 1, 1)[0][0]);
    }

    @Test
    void fileOfOneBatchGivesItEveryStep() {
        var batches = Batches.sequential(counting(7), 2, 3, 2);
        for (int step = 0; step < 5; step++) {
            assertArrayEquals(IntStream.range(0, 6).toArray(), batch(batches, step, 1)[0]);
        }
        assertEquals(0, batch(batches, Integer.MAX_VALUE, 1)[0][0]);
    }

    @Test
    void textsTooShortAreRefusedBySentence() {
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> Batches.sequential(counting(6), 2, 3, 1));
        assertTrue(e.getMessage().contains("has 6 tokens, but 2 rows of 3 need 7"));
        e =
                assertThrows(
                        IllegalArgumentException.class, () -> Batches.random(counting(8), 2, 8, 1));
        assertTrue(e.getMessage().contains("has 8 tokens, but a block of 8 needs 9"));
        assertThrows(IllegalArgumentException.class, () -> Batches.random(counting(8), 0, 8, 1));
        assertThrows(
                IllegalArgumentException.class,
                () -> Batches.random(counting(90), 1 << 20, 1 << 20, 1));
        var batches = Batches.random(counting(20), 2, 8, 1);
        assertThrows(
                IllegalArgumentException.class, () -> batches.fill(0, 0, new int[15], new int[16]));
    }

    @Property(tries = 300)
    void evaluationPredictsEachTokenOnce(
            @ForAll @IntRange(min = 2, max = 60) int count,
            @ForAll @IntRange(min = 1, max = 5) int batchSize,
            @ForAll @IntRange(min = 1, max = 9) int blockSize) {
        var windows = new EvaluationWindows(counting(count), batchSize, blockSize);
        int n = batchSize * blockSize;
        int[] inputs = new int[n];
        int[] targets = new int[n];
        int next = 1;
        for (long batch = 0; batch < windows.batches(); batch++) {
            int predictions = windows.fill(batch, inputs, targets);
            assertTrue(predictions > 0);
            for (int i = 0; i < n; i++) {
                if (i < predictions) {
                    assertEquals(next, targets[i]);
                    assertEquals(next - 1, inputs[i]);
                    // A window begins at a multiple of T: what a token is predicted from does not
                    // depend on B.
                    assertEquals(inputs[i] % blockSize, i % blockSize);
                    next++;
                } else {
                    assertEquals(EvaluationWindows.IGNORED, targets[i]);
                    assertEquals(0, inputs[i]);
                }
            }
        }
        assertEquals(count, next);
        assertEquals(count - 1, windows.predictions());
        assertThrows(
                IndexOutOfBoundsException.class,
                () -> windows.fill(windows.batches(), inputs, targets));
    }

    @Test
    void chosenBatchesAreSpreadOverTheText() {
        var windows = new EvaluationWindows(counting(101), 2, 5);
        assertEquals(10, windows.batches());
        assertArrayEquals(new long[] {0, 2, 5, 7}, windows.spread(4));
        assertArrayEquals(new long[] {0}, windows.spread(1));
        assertEquals(10, windows.spread(0).length);
        assertEquals(10, windows.spread(99).length);
        assertEquals(9, windows.spread(10)[9]);
    }

    @Test
    void splitIsNanoGpts() {
        // int(0.9 * n) of Python for these n.
        assertEquals(new Split(1_003_854, 111_540), Split.of(1_115_394));
        assertEquals(new Split(9, 1), Split.of(10));
        assertEquals(new Split(0, 1), Split.of(1));
        assertEquals(new Split(90, 10), Split.of(100));
        Tokens tokens = counting(10);
        assertEquals(9, Split.of(10).validation(tokens).at(0));
        assertEquals(9, Split.of(10).training(tokens).count());
        assertEquals(0, Split.trainingOnly(10).validation(tokens).count());
    }
}
