package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.Sample;
import io.tornadogpt.core.random.GumbelNoise;
import io.tornadogpt.core.random.Threefry;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// Draws from each row of logits.
final class SampleKernel {
    private SampleKernel() {}

    static Runnable bind(Sample op, Binding binding) {
        MemorySegment logits = binding.at(op.logits());
        MemorySegment rng = binding.at(op.rng());
        MemorySegment settings = binding.at(op.settings());
        MemorySegment ids = binding.at(op.ids());
        int rows = op.logits().rows();
        int columns = op.logits().columns();
        int layer = binding.layer();
        return () ->
                sample(
                        binding.workers(),
                        logits,
                        rng,
                        settings,
                        ids,
                        rows,
                        columns,
                        op.id(),
                        layer);
    }

    /// Draws a token a row by the Gumbel-max trick.
    ///
    /// @param logits `[N, V]`
    /// @param rng `[N, 4]` I32, a key a row
    /// @param settings `[N, 2]`, of each row: temperature and k
    /// @param ids `[N]` I32
    /// @param id number of the place in the program
    private static void sample(
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
        workers.run(
                rows,
                (row, scratch) -> {
                    float[] values = ArgMaxKernel.row(logits, row, vocabulary, scratch);
                    if (!ArgMaxKernel.drawable(values, vocabulary)) {
                        ids.setAtIndex(ValueLayout.JAVA_INT, row, ArgMaxKernel.NONE);
                        return;
                    }
                    float temperature = settings.getAtIndex(ValueLayout.JAVA_FLOAT, 2L * row);
                    if (!(temperature > 0)) {
                        ids.setAtIndex(
                                ValueLayout.JAVA_INT,
                                row,
                                ArgMaxKernel.largest(values, vocabulary));
                        return;
                    }
                    int k = (int) settings.getAtIndex(ValueLayout.JAVA_FLOAT, 2L * row + 1);
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
