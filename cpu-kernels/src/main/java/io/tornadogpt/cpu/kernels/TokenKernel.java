package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.random.GumbelNoise;
import io.tornadogpt.core.random.Threefry;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// Which token of each row of logits comes next.
public final class TokenKernel {
    /// What is chosen where there is nothing to choose from.
    private static final int NONE = -1;

    /// What a logit is above unless its token is not to be drawn.
    private static final float LOWEST = -1e30f;

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
                    int best = drawable(values, vocabulary) ? largest(values, vocabulary) : NONE;
                    ids.setAtIndex(ValueLayout.JAVA_INT, row, best);
                });
    }

    private static float[] row(MemorySegment logits, long row, int vocabulary, Scratch scratch) {
        float[] values = scratch.floats(0, vocabulary);
        MemorySegment.copy(
                logits, ValueLayout.JAVA_FLOAT, 4L * row * vocabulary, values, 0, vocabulary);
        return values;
    }

    private static boolean drawable(float[] values, int count) {
        boolean any = false;
        for (int i = 0; i < count; i++) {
            if (!(values[i] < Float.POSITIVE_INFINITY)) {
                return false;
            }
            any |= values[i] > LOWEST;
        }
        return any;
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
    /// @param rng `[N, 4]` I32, a key a row
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
                    float[] values = row(logits, row, vocabulary, scratch);
                    if (!drawable(values, vocabulary)) {
                        ids.setAtIndex(ValueLayout.JAVA_INT, row, NONE);
                        return;
                    }
                    int r = 4 * row;
                    var random = new Threefry(key[r], key[r + 1], key[r + 2], key[r + 3]);
                    var kept = new Kept(values, vocabulary, k);
                    int best = 0;
                    double highest = Double.NEGATIVE_INFINITY;
                    for (int v = 0; v < vocabulary; v++) {
                        if (kept.next(values[v])) {
                            int word = random.word(0, v, id, layer);
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
            smallest = kthLargest(Arrays.copyOf(values, count), k);
            int above = 0;
            for (int i = 0; i < count; i++) {
                above += values[i] > smallest ? 1 : 0;
            }
            ties = k - above;
        }

        /// By Hoare's selection, with the middle element as pivot.
        private static float kthLargest(float[] values, int k) {
            int from = 0;
            int to = values.length - 1;
            while (from < to) {
                float pivot = values[(from + to) >>> 1];
                int i = from;
                int j = to;
                while (i <= j) {
                    while (values[i] > pivot) {
                        i++;
                    }
                    while (values[j] < pivot) {
                        j--;
                    }
                    if (i <= j) {
                        float swapped = values[i];
                        values[i++] = values[j];
                        values[j--] = swapped;
                    }
                }
                if (k - 1 <= j) {
                    to = j;
                } else if (k - 1 >= i) {
                    from = i;
                } else {
                    break;
                }
            }
            return values[k - 1];
        }

        boolean next(float value) {
            return value > smallest || value == smallest && ties-- > 0;
        }
    }
}
