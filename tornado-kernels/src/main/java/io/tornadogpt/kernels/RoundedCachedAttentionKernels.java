package io.tornadogpt.kernels;

import static io.tornadogpt.kernels.CachedAttentionKernels.HEADER;
import static io.tornadogpt.kernels.CachedAttentionKernels.SPLIT;

import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.op.CachedAttention;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.ByteArray;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// [CachedAttentionKernels] with caches of BF16 or Q8_0: keys and values are rounded when they are
/// stored, as the host rounds, and become floats where they are loaded ([RoundedNumbers]).
/// Arguments are the same, but that caches are arrays of bytes with their places counted in bytes,
/// and that `type` is the number of their type.
public final class RoundedCachedAttentionKernels {
    private RoundedCachedAttentionKernels() {}

    /// The launches up to the results of the splits.
    static OpKernels splits(CachedAttention o, int rows) {
        Attention.Heads heads = o.heads();
        long sizes = AttentionSizes.of(heads, o.view(), o.capacity());
        int type = RoundedNumbers.number(o.keyCache().dtype());
        return OpKernels.of(
                        "storeRoundedKeysAndValues",
                        (t, g, name) ->
                                g.task(
                                        name,
                                        RoundedCachedAttentionKernels::storeRoundedKeysAndValues,
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
                                        t.bytes(o.keyCache()),
                                        t.place(o.keyCache()),
                                        t.bytes(o.valueCache()),
                                        t.place(o.valueCache()),
                                        rows,
                                        o.positionsPerRun(),
                                        o.keys().stride(),
                                        o.values().stride(),
                                        sizes,
                                        type))
                .then(
                        "attendRoundedSplits",
                        CachedAttentionKernels.attendSplitsGrid(rows, o.capacity(), heads.count()),
                        (t, g, name) ->
                                g.task(
                                        name,
                                        RoundedCachedAttentionKernels::attendRoundedSplits,
                                        new KernelContext(),
                                        t.layer(),
                                        t.floats(o.queries().tensor()),
                                        AttentionSizes.place(t, o.queries()),
                                        t.bytes(o.keyCache()),
                                        t.place(o.keyCache()),
                                        t.bytes(o.valueCache()),
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
                                        (float) heads.cap(),
                                        type));
    }

    /// As [CachedAttentionKernels#storeKeysAndValues]. One work-item an element of BF16, or a block
    /// of Q8_0: no two share a byte.
    public static void storeRoundedKeysAndValues(
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
            ByteArray keyCache,
            long keyCachePlace,
            ByteArray valueCache,
            long valueCachePlace,
            int rows,
            int perSequence,
            int keyStride,
            int valueStride,
            long sizes,
            int type) {
        for (@Parallel int row = 0; row < rows; row++) {
            for (@Parallel int part = 0;
                    part
                            < AttentionSizes.keyValueHeads(sizes)
                                    * AttentionSizes.headSize(sizes)
                                    / RoundedNumbers.together(type);
                    part++) {
                int headSize = AttentionSizes.headSize(sizes);
                int channel = part * RoundedNumbers.together(type);
                int slot = slots.get(Place.start(slotsPlace, layer) + row / perSequence);
                int position = positions.get(Place.start(positionsPlace, layer) + row);
                if (part == 0) {
                    places.set(2 * row, slot);
                    places.set(2 * row + 1, position);
                }
                if (position >= 0) {
                    int head = slot * AttentionSizes.keyValueHeads(sizes) + channel / headSize;
                    int cached =
                            (head * AttentionSizes.positions(sizes) + position) * headSize
                                    + channel % headSize;
                    int key = Place.start(keysPlace, layer) + row * keyStride + channel;
                    int value = Place.start(valuesPlace, layer) + row * valueStride + channel;
                    int keyStart = Place.start(keyCachePlace, layer);
                    int valueStart = Place.start(valueCachePlace, layer);
                    if (type == RoundedNumbers.BF16) {
                        RoundedNumbers.storeUpperHalf(
                                keys.get(key), keyCache, keyStart + 2 * cached);
                        RoundedNumbers.storeUpperHalf(
                                values.get(value), valueCache, valueStart + 2 * cached);
                    } else {
                        RoundedNumbers.storeBlock(
                                keys, key, keyCache, RoundedNumbers.block(keyStart, cached, type));
                        RoundedNumbers.storeBlock(
                                values,
                                value,
                                valueCache,
                                RoundedNumbers.block(valueStart, cached, type));
                    }
                }
            }
        }
    }

    /// As [CachedAttentionKernels#attendSplits], with the grid of that; 4 or 2.125 bytes an element
    /// of a key that is seen.
    ///
    /// @param places of [#storeRoundedKeysAndValues]
    /// @param partial written
    /// @param queryStride elements from one row of `queries` to the next
    /// @param cap scores become `cap * tanh(score / cap)`, 0 for none
    public static void attendRoundedSplits(
            KernelContext context,
            IntArray layer,
            FloatArray queries,
            long queriesPlace,
            ByteArray keyCache,
            long keyCachePlace,
            ByteArray valueCache,
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
            float cap,
            int type) {
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
        int keys = Place.start(keyCachePlace, layer);
        int values = Place.start(valueCachePlace, layer);
        int j = split * SPLIT + item;
        int seen = AttentionViews.between(j, first, position + 1);

        float score = RowGroups.LOWEST;
        if (seen == 1) {
            float dot = 0f;
            int key = cached + j * headSize;
            if (type == RoundedNumbers.BF16) {
                for (int d = 0; d < headSize; d++) {
                    dot +=
                            queries.get(query + d)
                                    * RoundedNumbers.at(keyCache, keys, key + d, type);
                }
            } else {
                int together = RoundedNumbers.together(type);
                for (int d = 0; d < headSize; d += together) {
                    float part = 0f;
                    for (int i = 0; i < together; i++) {
                        part +=
                                queries.get(query + d + i)
                                        * RoundedNumbers.unscaled(
                                                keyCache, keys, key + d + i, type);
                    }
                    dot += part * RoundedNumbers.scale(keyCache, keys, key + d, type);
                }
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
                    int value = cached + other * headSize + d;
                    attended +=
                            probabilities[r] * RoundedNumbers.at(valueCache, values, value, type);
                }
            }
            partial.set(result + HEADER + d, attended);
        }
        if (item == 0) {
            partial.set(result, largest);
            partial.set(result + 1, sum);
        }
    }
}
