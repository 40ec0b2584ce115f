package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.random.GumbelNoise;
import io.tornadogpt.core.random.Threefry;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// Which token of each row of logits comes next.
public final class TokenKernel {
    private TokenKernel() {}

    /// The first of each row's largest elements.
    ///
    /// @param logits `[N, V]`
    /// @param ids `[N]` I32
    public static void argMax(
            Workers workers, MemorySegment logits, MemorySegment ids, int rows, int vocabulary) {
        workers.run(
                rows,
                (row, scratch) -> {
                    float[] values = row(logits, row, vocabulary, scratch);
                    ids.setAtIndex(ValueLayout.JAVA_INT, row, largest(values, vocabulary));
                });
    }

    private static float[] row(MemorySegment logits, long row, int vocabulary, Scratch scratch) {
        float[] values = scratch.floats(0, vocabulary);
        MemorySegment.copy(
                logits, ValueLayout.JAVA_FLOAT, 4L * row * vocabulary, values, 0, vocabulary);
        return values;
    }

    private static int largest(float[] values, int count) {
        int best = 0;
        for (int i = 1; i < count; i++) {
            if (values[i] > values[best]) {
                best = i;
            }
        }
        return best;
    }

    /// Draws a token a row by the Gumbel-max trick.
    ///
    /// @param logits `[N, V]`
    /// @param rng `[4]` I32
    /// @param settings `[2]`: temperature and k
    /// @param ids `[N]` I32
    /// @param id number of the place in the program
    public static void sample(
            Workers workers,
            MemorySegment logits,
            MemorySegment rng,
            MemorySegment settings,
            MemorySegment ids,
            int rows,
            int vocabulary,
            int id,
            int layer) {
        int[] key = rng.toArray(ValueLayout.JAVA_INT);
        float temperature = settings.get(ValueLayout.JAVA_FLOAT, 0);
        int k = (int) settings.get(ValueLayout.JAVA_FLOAT, Float.BYTES);
        if (!(temperature > 0)) {
            argMax(workers, logits, ids, rows, vocabulary);
            return;
        }
        workers.run(
                rows,
                (row, scratch) -> {
                    var random = new Threefry(key[0], key[1], key[2], key[3]);
                    float[] values = row(logits, row, vocabulary, scratch);
                    var kept = new Kept(values, vocabulary, k);
                    int best = 0;
                    double highest = Double.NEGATIVE_INFINITY;
                    for (int v = 0; v < vocabulary; v++) {
                        if (kept.next(values[v])) {
                            int word = random.word((int) row, v, id, layer);
                            double score = (double) values[v] / temperature + GumbelNoise.of(word);
                            if (score > highest) {
                                highest = score;
                                best = v;
                            }
                        }
                    }
                    ids.setAtIndex(ValueLayout.JAVA_INT, row, best);
                });
    }

    /// The k largest of a row, going through it once from the first to the last.
    private static final class Kept {
        private final float smallest;

        /// How many of those that equal the smallest are still to come.
        private int ties;

        Kept(float[] values, int count, int k) {
            if (k <= 0 || k >= count) {
                smallest = Float.NEGATIVE_INFINITY;
                ties = count;
                return;
            }
            float[] sorted = Arrays.copyOf(values, count);
            Arrays.sort(sorted);
            smallest = sorted[count - k];
            for (int i = count - k; i < count && sorted[i] == smallest; i++) {
                ties++;
            }
        }

        boolean next(float value) {
            return value > smallest || value == smallest && ties-- > 0;
        }
    }
}
