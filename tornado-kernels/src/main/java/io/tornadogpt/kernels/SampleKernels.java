package io.tornadogpt.kernels;

import io.tornadogpt.core.op.Sample;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Drawing a token from each row of logits, so that of a step of generation only an id comes to the
/// host. [ArgMaxKernels] takes the most likely one instead.
public final class SampleKernels {
    private SampleKernels() {}

    /// How [Sample] is launched.
    public static OpKernels of(Sample o) {
        int columns = o.logits().columns();
        return OpKernels.of(
                "sample",
                grid(o.logits().rows(), columns),
                (t, g, name) ->
                        g.task(
                                name,
                                SampleKernels::sample,
                                new KernelContext(),
                                t.layer(),
                                t.floats(o.logits()),
                                t.place(o.logits()),
                                t.integers(o.rng()),
                                t.place(o.rng()),
                                t.floats(o.settings()),
                                t.place(o.settings()),
                                t.integers(o.ids()),
                                t.place(o.ids()),
                                columns,
                                o.id()));
    }

    /// The launch of [#sample]: one group a row.
    public static WorkerGrid grid(int rows, int columns) {
        return RowGroups.grid(rows, columns);
    }

    /// One of the k most likely tokens of each row at a temperature, by the Gumbel-max trick: the
    /// one of the largest logit / temperature + [GumbelNoise]. Which they are is found exactly,
    /// without sorting: halving an interval of values, then one of ids among equal values, until k
    /// elements lie above. About 30 passes over a row where k is not 0, and 200 operations for the
    /// noise of each token that is kept. 9 KiB of local memory.
    ///
    /// @param logits `[rows, columns]`
    /// @param rng `[rows, 4]`: a key for each row
    /// @param settings `[rows, 2]`: temperature, 0 for the most likely token; k, 0 for all tokens
    /// @param out `[rows]`; -1 where a logit is NaN or positive infinity, or none is above -1e30
    /// @param id number of this place in the program
    public static void sample(
            KernelContext context,
            IntArray layer,
            FloatArray logits,
            long logitsPlace,
            IntArray rng,
            long rngPlace,
            FloatArray settings,
            long settingsPlace,
            IntArray out,
            long outPlace,
            int columns,
            int id) {
        int[] counts = context.allocateIntLocalArray(RowGroups.LARGEST);
        float[] scores = context.allocateFloatLocalArray(RowGroups.LARGEST);
        int[] tokens = context.allocateIntLocalArray(RowGroups.LARGEST);
        int item = context.localIdx;
        int row = Place.start(logitsPlace, layer) + context.groupIdx * columns;
        int setting = Place.start(settingsPlace, layer) + 2 * context.groupIdx;
        float temperature = settings.get(setting);
        int k = (int) settings.get(setting + 1);

        int[] broken = context.allocateIntLocalArray(RowGroups.LARGEST);
        broken[item] = 0;
        float largest = RowGroups.LOWEST;
        float smallest = -RowGroups.LOWEST;
        // Branches that store, and no choice of values: TornadoVM 5.2 compiles a choice by floats
        // for
        // SPIR-V as if their bits were integers, and a condition of two that is kept not at all.
        for (int c = item; c < columns; c += context.localGroupSizeX) {
            float value = logits.get(row + c);
            if (value * 0f != 0f) { // NaN or infinite; negative infinity is as good as any
                if (1f / value == 0f) {
                    if (value > 0f) {
                        broken[item] = 1;
                    }
                } else {
                    broken[item] = 1;
                }
            }
            largest = TornadoMath.max(largest, value);
            smallest = TornadoMath.min(smallest, value);
        }
        int anyBroken = (int) RowGroups.max(context, broken[item]);
        largest = RowGroups.max(context, largest);
        smallest = -RowGroups.max(context, -smallest);
        smallest = TornadoMath.max(smallest, RowGroups.LOWEST); // lower ones are not to be drawn

        // The k largest are those from `high` on, and from `low` on as far as the id `last`.
        // At least k lie from `low` on, fewer from `high` on; at least k with ids up to `last`,
        // fewer with ids up to `first`.
        float low = smallest;
        float high = largest + TornadoMath.abs(largest) + 1f;
        int first = -1;
        int last = columns - 1;
        int above = columns;
        // Comparisons with NaN may say anything, and then the search would not end.
        int searching = AttentionViews.between(k, 1, columns) * (1 - anyBroken);
        while (searching == 1) {
            float middle = low + (high - low) * 0.5f;
            tokens[item] = 0;
            if (middle > low) {
                if (middle < high) {
                    tokens[item] = 1;
                }
            }
            int byValue = tokens[item];
            int between = first + (last - first) / 2;
            float from = byValue == 1 ? middle : high;
            counts[item] = 0;
            for (int c = item; c < columns; c += context.localGroupSizeX) {
                float value = logits.get(row + c);
                if (value >= from) {
                    counts[item] += 1;
                } else {
                    if (byValue == 0 && c <= between) {
                        if (value >= low) {
                            counts[item] += 1;
                        }
                    }
                }
            }
            for (int half = context.localGroupSizeX / 2; half > 0; half /= 2) {
                context.localBarrier();
                if (item < half) {
                    counts[item] += counts[item + half];
                }
            }
            context.localBarrier();
            int total = counts[0];
            context.localBarrier();
            if (byValue == 1) {
                if (total >= k) {
                    low = middle;
                    above = total;
                } else {
                    high = middle;
                }
            } else {
                if (total >= k) {
                    last = between;
                } else {
                    first = between;
                }
            }
            // By arithmetic: TornadoVM 5.2 negates `a && (b || c)` wrongly, and ties never ended.
            int more = above > k ? 1 : 0;
            int wide = last - first > 1 ? 1 : 0;
            searching = more * (byValue + (1 - byValue) * wide);
        }

        scores[item] = RowGroups.LOWEST;
        tokens[item] = -1;
        for (int c = item; c < columns; c += context.localGroupSizeX) {
            float value = logits.get(row + c);
            if (value >= high || (value >= low && c <= last)) {
                float score = value;
                if (temperature > 0f) {
                    int key = Place.start(rngPlace, layer) + 4 * context.groupIdx;
                    int word =
                            ThreefryRounds.word(
                                    rng.get(key),
                                    rng.get(key + 1),
                                    rng.get(key + 2),
                                    rng.get(key + 3),
                                    0,
                                    c,
                                    id,
                                    layer.get(0));
                    // Distances from the largest: no temperature is too small to divide by.
                    score = (value - largest) / temperature + GumbelNoise.of(word);
                }
                if (score > scores[item]) {
                    scores[item] = score;
                    tokens[item] = c;
                }
            }
        }
        // Found by every comparison that follows: nothing is larger, and no token comes before.
        if (broken[item] > 0) {
            scores[item] = RowGroups.HIGHEST;
            tokens[item] = -1;
        }
        for (int half = context.localGroupSizeX / 2; half > 0; half /= 2) {
            context.localBarrier();
            if (item < half) {
                float other = scores[item + half];
                if (other > scores[item]
                        || (other == scores[item] && tokens[item + half] < tokens[item])) {
                    scores[item] = other;
                    tokens[item] = tokens[item + half];
                }
            }
        }
        context.localBarrier();
        if (item == 0) {
            out.set(Place.start(outPlace, layer) + context.groupIdx, tokens[0]);
        }
    }
}
