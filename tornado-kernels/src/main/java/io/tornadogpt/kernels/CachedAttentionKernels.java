package io.tornadogpt.kernels;

import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.op.CachedAttention;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid3D;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Attention of new positions to everything before them, whose keys and values are kept, in the
/// split form of Flash-Decoding (Dao et al., 2023): one row alone would leave a device idle, so
/// groups share the cached positions of a row and their results are merged.
///
/// Three launches in this order: [#storeKeysAndValues], [#attendSplits], [#mergeSplits]. For caches
/// of BF16 or Q8_0 the first two are those of [RoundedCachedAttentionKernels].
///
/// | argument | shape | |
/// | --- | --- | --- |
/// | `queries` | `[B, T, ..]` | of T new positions a sequence, at the place of their first column |
/// | `keys`, `values` | `[B, T, ..]` | likewise |
/// | `keyCache`, `valueCache` | `[N, KV, S, D]` | of N slots |
/// | `slots` | `[B]` | each at least 0 and below N, no two the same |
/// | `positions` | `[B, T]` | each below S; a row whose position is negative is idle |
/// | `out` | `[B, T, H x D]` | |
/// | `window` | `[1]` | position p sees `p - window < j <= p`, all `j <= p` if it is 0 |
/// | `biases` | `[S, H]` | of each position; any `FloatArray` without |
/// | `places` | scratch, 2 B T elements | slot and position of each row |
/// | `partial` | scratch, [#partialElements] | |
/// | `sizes` | [AttentionSizes] | S stands for T |
public final class CachedAttentionKernels {
    /// Cached positions of a group, and its work-items.
    static final int SPLIT = 64;

    /// A split's result: its largest score, the sum of its exponentials, then D channels.
    static final int HEADER = 2;

    private CachedAttentionKernels() {}

    /// How [CachedAttention] is launched.
    public static OpKernels of(CachedAttention o) {
        Attention.Heads heads = o.heads();
        int rows = o.batch() * o.positionsPerRun();
        OpKernels attended =
                o.keyCache().dtype().rounds()
                        ? RoundedCachedAttentionKernels.splits(o, rows)
                        : splits(o, rows);
        return attended.then(
                        "mergeSplits",
                        (t, g, name) ->
                                g.task(
                                        name,
                                        CachedAttentionKernels::mergeSplits,
                                        t.layer(),
                                        t.floatScratch(),
                                        t.floats(o.out()),
                                        t.place(o.out()),
                                        rows,
                                        o.capacity(),
                                        heads.count(),
                                        heads.size()))
                .withIntegerScratch(2 * rows)
                .withFloatScratch(partialElements(rows, o.capacity(), heads.count(), heads.size()));
    }

    /// The launches up to the results of the splits.
    private static OpKernels splits(CachedAttention o, int rows) {
        Attention.Heads heads = o.heads();
        long sizes = AttentionSizes.of(heads, o.view(), o.capacity());
        return OpKernels.of(
                        "storeKeysAndValues",
                        (t, g, name) ->
                                g.task(
                                        name,
                                        CachedAttentionKernels::storeKeysAndValues,
                                        t.layer(),
                                        t.floats(o.keys().tensor()),
                                        AttentionSizes.place(t, o.keys()),
                                        t.floats(o.values().tensor()),
                                        AttentionSizes.place(t, o.values()),
                                        t.integers(o.slots()),
                                        t.place(o.slots()),
                                        t.integers(o.positions()),
                                        t.place(o.positions()),
                                        t.integerScratch(),
                                        t.floats(o.keyCache()),
                                        t.place(o.keyCache()),
                                        t.floats(o.valueCache()),
                                        t.place(o.valueCache()),
                                        rows,
                                        o.positionsPerRun(),
                                        o.keys().stride(),
                                        o.values().stride(),
                                        sizes))
                .then(
                        "attendSplits",
                        attendSplitsGrid(rows, o.capacity(), heads.count()),
                        (t, g, name) ->
                                g.task(
                                        name,
                                        CachedAttentionKernels::attendSplits,
                                        new KernelContext(),
                                        t.layer(),
                                        t.floats(o.queries().tensor()),
                                        AttentionSizes.place(t, o.queries()),
                                        t.floats(o.keyCache()),
                                        t.place(o.keyCache()),
                                        t.floats(o.valueCache()),
                                        t.place(o.valueCache()),
                                        t.integerScratch(),
                                        t.integersOrZero(o.view().window()),
                                        t.placeOrWhole(o.view().window()),
                                        t.floatsOr(heads.biases(), o.queries().tensor()),
                                        t.placeOrWhole(heads.biases()),
                                        t.floatScratch(),
                                        o.queries().stride(),
                                        sizes,
                                        (float) heads.scale(),
                                        (float) heads.cap()));
    }

    /// The elements of `partial`.
    public static int partialElements(int rows, int capacity, int heads, int headSize) {
        return rows * heads * splits(capacity) * (HEADER + headSize);
    }

    private static int splits(int capacity) {
        return (capacity + SPLIT - 1) / SPLIT;
    }

    /// The new keys and values go to their positions in their slots; other elements of the caches
    /// stay as they are, so the caches must be on the device already. One work-item an element. 16
    /// bytes an element.
    ///
    /// @param places written
    /// @param rows B x T
    /// @param perSequence T
    /// @param keyStride elements from one row of `keys` to the next
    /// @param valueStride elements from one row of `values` to the next
    public static void storeKeysAndValues(
            IntArray layer,
            FloatArray keys,
            long keysPlace,
            FloatArray values,
            long valuesPlace,
            IntArray slots,
            long slotsPlace,
            IntArray positions,
            long positionsPlace,
            IntArray places,
            FloatArray keyCache,
            long keyCachePlace,
            FloatArray valueCache,
            long valueCachePlace,
            int rows,
            int perSequence,
            int keyStride,
            int valueStride,
            long sizes) {
        for (@Parallel int row = 0; row < rows; row++) {
            for (@Parallel int channel = 0;
                    channel < AttentionSizes.keyValueHeads(sizes) * AttentionSizes.headSize(sizes);
                    channel++) {
                int headSize = AttentionSizes.headSize(sizes);
                int slot = slots.get(Place.start(slotsPlace, layer) + row / perSequence);
                int position = positions.get(Place.start(positionsPlace, layer) + row);
                if (channel == 0) {
                    places.set(2 * row, slot);
                    places.set(2 * row + 1, position);
                }
                if (position >= 0) {
                    int head = slot * AttentionSizes.keyValueHeads(sizes) + channel / headSize;
                    int cached =
                            (head * AttentionSizes.positions(sizes) + position) * headSize
                                    + channel % headSize;
                    keyCache.set(
                            Place.start(keyCachePlace, layer) + cached,
                            keys.get(Place.start(keysPlace, layer) + row * keyStride + channel));
                    valueCache.set(
                            Place.start(valueCachePlace, layer) + cached,
                            values.get(
                                    Place.start(valuesPlace, layer) + row * valueStride + channel));
                }
            }
        }
    }

    /// The launch of [#attendSplits]: a group of 64 work-items for each 64 cached positions of a
    /// head of a row.
    public static WorkerGrid attendSplitsGrid(int rows, int capacity, int heads) {
        WorkerGrid grid = new WorkerGrid3D(splits(capacity) * SPLIT, heads, rows);
        grid.setLocalWork(SPLIT, 1, 1);
        return grid;
    }

    /// Each group attends to its split of the cache: a score a work-item, then a channel a
    /// work-item. 2.25 KiB of local memory. 4 FLOPs and 8 bytes an element of a key that is seen.
    ///
    /// @param places of [#storeKeysAndValues]
    /// @param partial written
    /// @param queryStride elements from one row of `queries` to the next
    /// @param cap scores become `cap * tanh(score / cap)`, 0 for none
    public static void attendSplits(
            KernelContext context,
            IntArray layer,
            FloatArray queries,
            long queriesPlace,
            FloatArray keyCache,
            long keyCachePlace,
            FloatArray valueCache,
            long valueCachePlace,
            IntArray places,
            IntArray window,
            long windowPlace,
            FloatArray biases,
            long biasesPlace,
            FloatArray partial,
            int queryStride,
            long sizes,
            float scale,
            float cap) {
        float[] probabilities = context.allocateFloatLocalArray(SPLIT);
        int capacity = AttentionSizes.positions(sizes);
        int heads = AttentionSizes.heads(sizes);
        int headSize = AttentionSizes.headSize(sizes);
        int shared = heads / AttentionSizes.keyValueHeads(sizes);
        int item = context.localIdx;
        int row = context.groupIdz;
        int head = context.groupIdy;
        int split = context.groupIdx;
        int slot = places.get(2 * row);
        int position = places.get(2 * row + 1);
        int width = window.get(Place.start(windowPlace, layer));
        int first = width > 0 ? TornadoMath.max(0, position - width + 1) : 0;
        int query = Place.start(queriesPlace, layer) + row * queryStride + head * headSize;
        int cached =
                (slot * AttentionSizes.keyValueHeads(sizes) + head / shared) * capacity * headSize;
        int keys = Place.start(keyCachePlace, layer) + cached;
        int values = Place.start(valueCachePlace, layer) + cached;
        int j = split * SPLIT + item;
        int seen = AttentionViews.between(j, first, position + 1);

        float score = RowGroups.LOWEST;
        if (seen == 1) {
            float dot = 0f;
            for (int d = 0; d < headSize; d++) {
                dot += queries.get(query + d) * keyCache.get(keys + j * headSize + d);
            }
            score = SoftCapKernels.capped(dot * scale, cap);
            if (AttentionSizes.biases(sizes)) {
                int bias = Place.start(biasesPlace, layer) + head;
                score +=
                        scale
                                * (biases.get(bias + j * heads)
                                        - biases.get(bias + position * heads));
            }
        }
        float largest = RowGroups.max(context, score);
        float p = 0f;
        if (seen == 1) {
            p = TornadoMath.exp(score - largest);
        }
        probabilities[item] = p;
        float sum = RowGroups.sum(context, p);
        int groups = (capacity + SPLIT - 1) / SPLIT;
        int result = ((row * heads + head) * groups + split) * (HEADER + headSize);
        for (int d = item; d < headSize; d += SPLIT) {
            float attended = 0f;
            for (int r = 0; r < SPLIT; r++) {
                int other = split * SPLIT + r;
                if (other >= first && other <= position) {
                    attended += probabilities[r] * valueCache.get(values + other * headSize + d);
                }
            }
            partial.set(result + HEADER + d, attended);
        }
        if (item == 0) {
            partial.set(result, largest);
            partial.set(result + 1, sum);
        }
    }

    /// Merges the splits of each row: weights them by their largest scores and divides by the sum
    /// of all exponentials; zeros for an idle row. One work-item an element of `out`.
    ///
    /// @param partial of [#attendSplits]
    /// @param rows B x T
    /// @param capacity S
    public static void mergeSplits(
            IntArray layer,
            FloatArray partial,
            FloatArray out,
            long outPlace,
            int rows,
            int capacity,
            int heads,
            int headSize) {
        for (@Parallel int row = 0; row < rows; row++) {
            for (@Parallel int channel = 0; channel < heads * headSize; channel++) {
                int splits = (capacity + SPLIT - 1) / SPLIT;
                int size = HEADER + headSize;
                int start = (row * heads + channel / headSize) * splits * size;
                float largest = RowGroups.LOWEST;
                for (int split = 0; split < splits; split++) {
                    largest = TornadoMath.max(largest, partial.get(start + split * size));
                }
                float sum = 0f;
                float attended = 0f;
                for (int split = 0; split < splits; split++) {
                    int at = start + split * size;
                    float weight = TornadoMath.exp(partial.get(at) - largest);
                    sum += weight * partial.get(at + 1);
                    attended += weight * partial.get(at + HEADER + channel % headSize);
                }
                float result = attended;
                if (sum != 0f) { // where nothing is seen both are 0
                    result = attended / sum;
                }
                out.set(Place.start(outPlace, layer) + row * heads * headSize + channel, result);
            }
        }
    }
}
