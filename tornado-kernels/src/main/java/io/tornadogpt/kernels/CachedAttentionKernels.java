package io.tornadogpt.kernels;

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
/// Three launches in this order: [#storeKeysAndValues], [#attendSplits], [#mergeSplits].
///
/// | argument | shape | |
/// | --- | --- | --- |
/// | `qkv` | `[B, T, 3C]` | of T new positions a sequence |
/// | `keyCache`, `valueCache` | `[B, H, S, D]` | |
/// | `positions` | `[B, T]` | each at least 0 and below S |
/// | `out` | `[B, T, C]` | |
/// | `window` | `[1]` | position p sees `p - window < j <= p`, all `j <= p` if it is 0 |
/// | `partial` | scratch, [#partialElements] | |
public final class CachedAttentionKernels {
    /// Cached positions of a group, and its work-items.
    private static final int SPLIT = 64;

    /// A split's result: its largest score, the sum of its exponentials, then D channels.
    private static final int HEADER = 2;

    private CachedAttentionKernels() {}

    /// How [CachedAttention] is launched.
    public static OpKernels of(CachedAttention o) {
        int heads = o.heads().count();
        int headSize = o.channels() / o.heads().count();
        int rows = o.batch() * o.positionsPerRun();
        return OpKernels.of(
                        "storeKeysAndValues",
                        (t, g, name) ->
                                g.task(
                                        name,
                                        CachedAttentionKernels::storeKeysAndValues,
                                        t.layer(),
                                        t.floats(o.qkv()),
                                        t.place(o.qkv()),
                                        t.floats(o.keyCache()),
                                        t.place(o.keyCache()),
                                        t.floats(o.valueCache()),
                                        t.place(o.valueCache()),
                                        t.integers(o.positions()),
                                        t.place(o.positions()),
                                        rows,
                                        o.positionsPerRun(),
                                        o.capacity(),
                                        heads,
                                        headSize))
                .then(
                        "attendSplits",
                        attendSplitsGrid(rows, o.capacity(), heads),
                        (t, g, name) ->
                                g.task(
                                        name,
                                        CachedAttentionKernels::attendSplits,
                                        new KernelContext(),
                                        t.layer(),
                                        t.floats(o.qkv()),
                                        t.place(o.qkv()),
                                        t.floats(o.keyCache()),
                                        t.place(o.keyCache()),
                                        t.floats(o.valueCache()),
                                        t.place(o.valueCache()),
                                        t.integers(o.positions()),
                                        t.place(o.positions()),
                                        t.integersOrZero(o.heads().window()),
                                        t.placeOrWhole(o.heads().window()),
                                        t.floatScratch(),
                                        o.positionsPerRun(),
                                        o.capacity(),
                                        heads,
                                        headSize,
                                        (float) o.heads().scale()))
                .then(
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
                                        heads,
                                        headSize))
                .withFloatScratch(partialElements(rows, o.capacity(), heads, headSize));
    }

    /// The elements of `partial`.
    public static int partialElements(int rows, int capacity, int heads, int headSize) {
        return rows * heads * splits(capacity) * (HEADER + headSize);
    }

    private static int splits(int capacity) {
        return (capacity + SPLIT - 1) / SPLIT;
    }

    /// The new keys and values go to their positions; other elements of the caches stay as they
    /// are, so the caches must be on the device already. One work-item an element. 16 bytes an
    /// element.
    ///
    /// @param rows B x T
    /// @param perSequence T
    /// @param capacity S
    public static void storeKeysAndValues(
            IntArray layer,
            FloatArray qkv,
            long qkvPlace,
            FloatArray keyCache,
            long keyCachePlace,
            FloatArray valueCache,
            long valueCachePlace,
            IntArray positions,
            long positionsPlace,
            int rows,
            int perSequence,
            int capacity,
            int heads,
            int headSize) {
        for (@Parallel int row = 0; row < rows; row++) {
            for (@Parallel int channel = 0; channel < heads * headSize; channel++) {
                int position = positions.get(Place.start(positionsPlace, layer) + row);
                int channels = heads * headSize;
                int head = channel / headSize;
                int sequence = row / perSequence;
                int cached =
                        ((sequence * heads + head) * capacity + position) * headSize
                                + channel % headSize;
                int key = Place.start(qkvPlace, layer) + row * 3 * channels + channels + channel;
                keyCache.set(Place.start(keyCachePlace, layer) + cached, qkv.get(key));
                valueCache.set(
                        Place.start(valueCachePlace, layer) + cached, qkv.get(key + channels));
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
    /// @param perSequence T
    /// @param capacity S
    /// @param partial written
    public static void attendSplits(
            KernelContext context,
            IntArray layer,
            FloatArray qkv,
            long qkvPlace,
            FloatArray keyCache,
            long keyCachePlace,
            FloatArray valueCache,
            long valueCachePlace,
            IntArray positions,
            long positionsPlace,
            IntArray window,
            long windowPlace,
            FloatArray partial,
            int perSequence,
            int capacity,
            int heads,
            int headSize,
            float scale) {
        float[] probabilities = context.allocateFloatLocalArray(SPLIT);
        int item = context.localIdx;
        int row = context.groupIdz;
        int head = context.groupIdy;
        int split = context.groupIdx;
        int position = positions.get(Place.start(positionsPlace, layer) + row);
        int width = window.get(Place.start(windowPlace, layer));
        int first = width > 0 ? TornadoMath.max(0, position - width + 1) : 0;
        int query = Place.start(qkvPlace, layer) + row * 3 * heads * headSize + head * headSize;
        int cached = (row / perSequence * heads + head) * capacity;
        int keys = Place.start(keyCachePlace, layer) + cached * headSize;
        int values = Place.start(valueCachePlace, layer) + cached * headSize;
        int j = split * SPLIT + item;
        boolean seen = j >= first && j <= position;

        float score = RowGroups.LOWEST;
        if (seen) {
            float dot = 0f;
            for (int d = 0; d < headSize; d++) {
                dot += qkv.get(query + d) * keyCache.get(keys + j * headSize + d);
            }
            score = dot * scale;
        }
        float largest = RowGroups.max(context, score);
        float p = 0f;
        if (seen) {
            p = TornadoMath.exp(score - largest);
        }
        probabilities[item] = p;
        float sum = RowGroups.sum(context, p);
        int groups = context.globalGroupSizeX / context.localGroupSizeX;
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
    /// of all exponentials. One work-item an element of `out`.
    ///
    /// @param partial of [#attendSplits]
    /// @param rows B x T
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
                out.set(
                        Place.start(outPlace, layer) + row * heads * headSize + channel,
                        attended / sum);
            }
        }
    }
}
