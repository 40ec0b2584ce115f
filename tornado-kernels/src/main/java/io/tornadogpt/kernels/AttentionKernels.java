package io.tornadogpt.kernels;

import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.op.Attention.Columns;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid3D;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Multi-head self-attention and its gradient without a T x T buffer, after FlashAttention-2 (Dao,
/// 2023): scores are made tile by tile in local memory, with an online softmax in the forward
/// direction and recomputed from the rows' log-sum-exp in the gradient. Tiles that no row of a
/// group sees are left out.
///
/// Queries are H x D columns of a tensor, keys and values KV x D columns of the same or of other
/// ones; query head h looks at key head `h / (H / KV)`. Heads have 1 to 256 channels.
///
/// The gradient is [#attentionDelta], then [#attentionQueryBackward] and
/// [#attentionKeyValueBackward] in any order. Keys and values are their own launch so that each
/// element is summed by one work-item, in a fixed order: over the heads that share it, and within a
/// head over its rows. Where their gradients lie in two tensors there are two launches, because a
/// task cannot write one array by two names, and an argument cannot be left out.
///
/// The loops that load tiles are written out each time, because TornadoVM 5.2 computes wrong
/// indices into local arrays that are parameters of a method.
///
/// Arguments of all kernels:
///
/// | argument | shape | |
/// | --- | --- | --- |
/// | `queries`, `dQueries` | `[B, T, ..]` | at the place of their first column |
/// | `keys`, `values`, `dKeyValue` | `[B, T, ..]` | likewise |
/// | `out`, `dOut` | `[B, T, H x D]` | |
/// | `lse` | `[B, H, T]` | log-sum-exp of the scores, kept for the gradient; 0 where nothing is seen |
/// | `biases` | `[B, T, H]` | of each position; any `FloatArray` without |
/// | `rowValues` | scratch, [#rowValues] elements | for each row of each head `sum_d dOut_id out_id`, its `lse` and its bias |
/// | `seen` | [AttentionViews] | what rows see, and the key of the dropout |
/// | `sizes`, `strides` | [AttentionSizes] | |
/// | `cap` | | scores become `cap * tanh(score / cap)`, 0 for none |
/// | `mask` | | [DropoutKernels#mask], 0 for no dropout; row `(b*H + h)*T + i`, column j |
public final class AttentionKernels {
    /// The largest head: three tiles of it must fit into local memory.
    public static final int LARGEST_HEAD = 256;

    /// [#attentionKeyValueBackward] writes the gradients of keys.
    public static final int KEYS = 1;

    /// [#attentionKeyValueBackward] writes the gradients of values.
    public static final int VALUES = 2;

    /// Rows and columns of a tile of scores for heads up to 128; larger ones have 8 of each. Also
    /// the work-items of a row, of which each has a sixteenth of the channels.
    private static final int TILE = 16;

    private static final int SMALL_TILE = 8;
    private static final int LARGEST_HEAD_OF_TILES = 128;

    /// Elements of a tile in local memory: with four between rows, so that neighbouring work-items
    /// that read one below the other meet different banks, and that four elements lie where an
    /// assembler for NVIDIA makes one load of 128 bits of theirs.
    private static final int TILE_ELEMENTS = TILE * (LARGEST_HEAD_OF_TILES + 4);

    private static final float TWO_TO_24 = 16777216f;

    private AttentionKernels() {}

    /// How [Attention] is launched.
    public static OpKernels of(Attention o) {
        Attention.Heads heads = o.heads();
        long sizes = AttentionSizes.of(heads, o.view(), o.positions());
        long strides = AttentionSizes.strides(o.queries(), o.keys(), o.values());
        return AttentionViews.of(o.view(), o.dropout(), o.batch(), o.positions(), false)
                .then(
                        "attention",
                        grid(o.batch(), o.positions(), heads.count(), heads.size()),
                        (t, g, name) ->
                                g.task(
                                        name,
                                        AttentionKernels::attention,
                                        new KernelContext(),
                                        t.layer(),
                                        t.floats(o.queries().tensor()),
                                        AttentionSizes.place(t, o.queries()),
                                        t.floats(o.keys().tensor()),
                                        AttentionSizes.place(t, o.keys()),
                                        t.floats(o.values().tensor()),
                                        AttentionSizes.place(t, o.values()),
                                        t.floatsOr(heads.biases(), o.queries().tensor()),
                                        t.placeOrWhole(heads.biases()),
                                        AttentionViews.seen(t, o.view(), o.dropout()),
                                        t.floats(o.out()),
                                        t.place(o.out()),
                                        t.floats(o.lse()),
                                        t.place(o.lse()),
                                        sizes,
                                        strides,
                                        (float) heads.scale(),
                                        (float) heads.cap(),
                                        DropoutKernels.mask(o.dropout())));
    }

    /// How [Attention.Backward] is launched.
    public static OpKernels of(Attention.Backward o) {
        Attention.Heads heads = o.heads();
        long sizes = AttentionSizes.of(heads, o.view(), o.positions());
        long strides = AttentionSizes.strides(o.queries(), o.keys(), o.values());
        OpKernels kernels =
                AttentionViews.of(o.view(), o.dropout(), o.batch(), o.positions(), true)
                        .withFloatScratch(rowValues(o.batch(), o.positions(), heads.count()))
                        .then(
                                "attentionDelta",
                                (t, g, name) ->
                                        g.task(
                                                name,
                                                AttentionKernels::attentionDelta,
                                                t.layer(),
                                                t.floats(o.out()),
                                                t.place(o.out()),
                                                t.floats(o.dOut()),
                                                t.place(o.dOut()),
                                                t.floats(o.lse()),
                                                t.place(o.lse()),
                                                t.floatsOr(heads.biases(), o.dOut()),
                                                t.placeOrWhole(heads.biases()),
                                                t.floatScratch(),
                                                o.batch(),
                                                o.positions(),
                                                heads.count(),
                                                heads.size(),
                                                heads.biases() == null ? 0 : 1))
                        .then(
                                "attentionQueryBackward",
                                grid(o.batch(), o.positions(), heads.count(), heads.size()),
                                (t, g, name) ->
                                        g.task(
                                                name,
                                                AttentionKernels::attentionQueryBackward,
                                                new KernelContext(),
                                                t.layer(),
                                                t.floats(o.queries().tensor()),
                                                AttentionSizes.place(t, o.queries()),
                                                t.floats(o.keys().tensor()),
                                                AttentionSizes.place(t, o.keys()),
                                                t.floats(o.values().tensor()),
                                                AttentionSizes.place(t, o.values()),
                                                t.floats(o.dOut()),
                                                t.place(o.dOut()),
                                                t.floatScratch(),
                                                AttentionViews.seen(t, o.view(), o.dropout()),
                                                t.floats(o.dQueries().tensor()),
                                                AttentionSizes.place(t, o.dQueries()),
                                                sizes,
                                                strides,
                                                o.dQueries().stride(),
                                                (float) heads.scale(),
                                                (float) heads.cap(),
                                                DropoutKernels.mask(o.dropout())));
        Columns dKeys = o.dKeys();
        Columns dValues = o.dValues();
        return dKeys.tensor().equals(dValues.tensor())
                ? keyValueBackward(
                        kernels,
                        o,
                        dKeys,
                        sizes,
                        strides,
                        KEYS + VALUES,
                        dValues.first() - dKeys.first())
                : keyValueBackward(
                        keyValueBackward(kernels, o, dKeys, sizes, strides, KEYS, 0),
                        o,
                        dValues,
                        sizes,
                        strides,
                        VALUES,
                        0);
    }

    /// @param target where the gradients of keys go, or those of values alone
    /// @param between columns from the gradients of keys to those of values
    private static OpKernels keyValueBackward(
            OpKernels before,
            Attention.Backward o,
            Columns target,
            long sizes,
            long strides,
            int parts,
            int between) {
        Attention.Heads heads = o.heads();
        long targetRows = (long) target.stride() << 32 | (between & 0xFFFFFFFFL);
        return before.then(
                "attentionKeyValueBackward",
                grid(o.batch(), o.positions(), heads.keyValueCount(), heads.size()),
                (t, g, name) ->
                        g.task(
                                name,
                                AttentionKernels::attentionKeyValueBackward,
                                new KernelContext(),
                                t.layer(),
                                t.floats(o.queries().tensor()),
                                AttentionSizes.place(t, o.queries()),
                                t.floats(o.keys().tensor()),
                                AttentionSizes.place(t, o.keys()),
                                t.floats(o.values().tensor()),
                                AttentionSizes.place(t, o.values()),
                                t.floats(o.dOut()),
                                t.place(o.dOut()),
                                t.floatScratch(),
                                AttentionViews.seen(t, o.view(), o.dropout()),
                                t.floats(target.tensor()),
                                AttentionSizes.place(t, target),
                                sizes,
                                strides | (long) parts << 60,
                                targetRows,
                                (float) heads.scale(),
                                (float) heads.cap(),
                                DropoutKernels.mask(o.dropout())));
    }

    /// Elements of `rowValues`.
    public static int rowValues(int batch, int positions, int heads) {
        return 3 * batch * positions * heads;
    }

    /// The launch of [#attention], [#attentionQueryBackward] and, with the heads of keys,
    /// [#attentionKeyValueBackward]: a group for each 16 (or, for heads above 128, 8) positions of
    /// a head of a sequence, with 16 work-items for each of them.
    ///
    /// @throws IllegalArgumentException if the head size is not from 1 to 256
    public static WorkerGrid grid(int batch, int positions, int heads, int headSize) {
        if (headSize < 1 || headSize > LARGEST_HEAD) {
            throw new IllegalArgumentException(
                    "a head has %d channels; attention kernels take 1 to %d: use more heads"
                            .formatted(headSize, LARGEST_HEAD));
        }
        int tile = tile(headSize);
        int items = tile * TILE;
        int tiles = (positions + tile - 1) / tile;
        WorkerGrid grid = new WorkerGrid3D(tiles * items, heads, batch);
        grid.setLocalWork(items, 1, 1);
        return grid;
    }

    private static int tile(int headSize) {
        return headSize <= LARGEST_HEAD_OF_TILES ? TILE : SMALL_TILE;
    }

    /// `out = dropout(softmax(score)) . V`, and `lse`. Where row i sees position j,
    ///
    /// ```
    /// score[i, j] = cap(scale * q[i] . k[j]) + scale * (bias[j] - bias[i])
    /// ```
    ///
    /// 17.5 KiB of local memory. About 2 B T^2 H D FLOPs if causal, twice that if not; each key and
    /// value is read T / (2 tile) times.
    public static void attention(
            KernelContext context,
            IntArray layer,
            FloatArray queries,
            long queriesPlace,
            FloatArray keys,
            long keysPlace,
            FloatArray values,
            long valuesPlace,
            FloatArray biases,
            long biasesPlace,
            IntArray seen,
            FloatArray out,
            long outPlace,
            FloatArray lse,
            long lsePlace,
            long sizes,
            long strides,
            float scale,
            float cap,
            long mask) {
        int positions = AttentionSizes.positions(sizes);
        int heads = AttentionSizes.heads(sizes);
        int headSize = AttentionSizes.headSize(sizes);
        int shared = heads / AttentionSizes.keyValueHeads(sizes);
        int tile = tile(headSize);
        int channels = (headSize + TILE - 1) / TILE * TILE; // those behind the head's are 0
        int pitch = channels + 4;
        int width = width(channels);
        float[] rowTile = context.allocateFloatLocalArray(TILE_ELEMENTS);
        float[] others = context.allocateFloatLocalArray(TILE_ELEMENTS);
        float[] scores = context.allocateFloatLocalArray(TILE * TILE);
        int item = context.localIdx;
        int row = item / TILE;
        int lane = item % TILE;
        int head = context.groupIdy;
        int batch = context.groupIdz;
        int i0 = context.groupIdx * tile;
        int i = i0 + row;
        int queryStride = AttentionSizes.queryStride(strides);
        int keyStride = AttentionSizes.keyStride(strides);
        int valueStride = AttentionSizes.valueStride(strides);
        int query =
                Place.start(queriesPlace, layer)
                        + batch * positions * queryStride
                        + head * headSize;
        int key =
                Place.start(keysPlace, layer)
                        + batch * positions * keyStride
                        + head / shared * headSize;
        int value =
                Place.start(valuesPlace, layer)
                        + batch * positions * valueStride
                        + head / shared * headSize;
        int randomRow = (batch * heads + head) * positions + i;
        int threshold = (int) mask;
        float keepScale = TWO_TO_24 / (TWO_TO_24 - threshold);
        int bias = Place.start(biasesPlace, layer) + batch * positions * heads + head;
        float rowBias = 0f;
        if (AttentionSizes.biases(sizes)) {
            if (i < positions) {
                rowBias = biases.get(bias + i * heads);
            }
        }
        int firstOfRow = AttentionViews.firstOfRow(seen, sizes, batch, i);
        int endOfRow = AttentionViews.endOfRow(seen, sizes, batch, i);
        int firstOfTile = AttentionViews.firstOfTile(seen, sizes, batch, i0, tile);
        int endOfTile = AttentionViews.endOfTile(seen, sizes, batch, i0, tile);

        for (int first = 0; first < channels; first += TILE) {
            int d = first + lane;
            float loaded = 0f;
            if (i0 + row < positions && d < headSize) {
                loaded = queries.get(query + (i0 + row) * queryStride + d);
            }
            rowTile[row * pitch + d] = loaded;
        }
        // A work-item has a sixteenth of the channels of a row. Scalars, because PTX keeps arrays
        // of a
        // work-item in memory, however they are indexed.
        float sum0 = 0f;
        float sum1 = 0f;
        float sum2 = 0f;
        float sum3 = 0f;
        float sum4 = 0f;
        float sum5 = 0f;
        float sum6 = 0f;
        float sum7 = 0f;
        float sum8 = 0f;
        float sum9 = 0f;
        float sum10 = 0f;
        float sum11 = 0f;
        float sum12 = 0f;
        float sum13 = 0f;
        float sum14 = 0f;
        float sum15 = 0f;
        float largest = RowGroups.LOWEST;
        float total = 0f;
        for (int j0 = firstOfTile & -tile; j0 < endOfTile; j0 += tile) {
            context.localBarrier();
            for (int first = 0; first < channels; first += TILE) {
                int d = first + lane;
                float loaded = 0f;
                if (j0 + row < positions && d < headSize) {
                    loaded = keys.get(key + (j0 + row) * keyStride + d);
                }
                others[row * pitch + d] = loaded;
            }
            context.localBarrier();
            int j = j0 + lane;
            float score = RowGroups.LOWEST;
            if (lane < tile && j >= firstOfRow && j < endOfRow) {
                float dot = 0f;
                for (int d = 0; d < channels; d += 4) {
                    int left = row * pitch + d;
                    int right = lane * pitch + d;
                    dot += rowTile[left] * others[right];
                    dot += rowTile[left + 1] * others[right + 1];
                    dot += rowTile[left + 2] * others[right + 2];
                    dot += rowTile[left + 3] * others[right + 3];
                }
                score = SoftCapKernels.capped(dot * scale, cap);
                if (AttentionSizes.biases(sizes)) {
                    if (j < positions) {
                        score += scale * (biases.get(bias + j * heads) - rowBias);
                    }
                }
            }
            scores[item] = score;
            context.localBarrier();
            float larger = largest;
            for (int c = 0; c < tile; c++) {
                larger = TornadoMath.max(larger, scores[row * TILE + c]);
            }
            float shrink = TornadoMath.exp(largest - larger);
            largest = larger;
            float p = 0f;
            if (score > RowGroups.LOWEST) {
                p = TornadoMath.exp(score - largest);
                if (threshold > 0) {
                    int bits =
                            DropoutKernels.bits(
                                    seen,
                                    AttentionViews.KEY,
                                    randomRow,
                                    j,
                                    (int) (mask >> 32),
                                    layer.get(0));
                    // What is dropped counts in the total, and is told by its sign.
                    if (bits < threshold) {
                        p = -p;
                    }
                }
            }
            context.localBarrier();
            scores[item] = p;
            for (int first = 0; first < channels; first += TILE) {
                int d = first + lane;
                float loaded = 0f;
                if (j0 + row < positions && d < headSize) {
                    loaded = values.get(value + (j0 + row) * valueStride + d);
                }
                others[row * pitch + d] = loaded;
            }
            context.localBarrier();
            sum0 *= shrink;
            sum1 *= shrink;
            sum2 *= shrink;
            sum3 *= shrink;
            sum4 *= shrink;
            sum5 *= shrink;
            sum6 *= shrink;
            sum7 *= shrink;
            sum8 *= shrink;
            sum9 *= shrink;
            sum10 *= shrink;
            sum11 *= shrink;
            sum12 *= shrink;
            sum13 *= shrink;
            sum14 *= shrink;
            sum15 *= shrink;
            total *= shrink;
            for (int r = 0; r < tile; r++) {
                float kept = scores[row * TILE + r];
                int at = r * pitch + lane * width;
                if (threshold > 0) {
                    total += TornadoMath.abs(kept);
                    kept = TornadoMath.max(kept, 0f) * keepScale;
                } else {
                    total += kept;
                }
                sum0 += kept * others[at];
                if (channels > TILE) {
                    sum1 += kept * others[at + channel(1, width)];
                }
                if (channels > 2 * TILE) {
                    sum2 += kept * others[at + channel(2, width)];
                }
                if (channels > 3 * TILE) {
                    sum3 += kept * others[at + channel(3, width)];
                }
                if (channels > 4 * TILE) {
                    sum4 += kept * others[at + channel(4, width)];
                }
                if (channels > 5 * TILE) {
                    sum5 += kept * others[at + channel(5, width)];
                }
                if (channels > 6 * TILE) {
                    sum6 += kept * others[at + channel(6, width)];
                }
                if (channels > 7 * TILE) {
                    sum7 += kept * others[at + channel(7, width)];
                }
                if (channels > 8 * TILE) {
                    sum8 += kept * others[at + channel(8, width)];
                }
                if (channels > 9 * TILE) {
                    sum9 += kept * others[at + channel(9, width)];
                }
                if (channels > 10 * TILE) {
                    sum10 += kept * others[at + channel(10, width)];
                }
                if (channels > 11 * TILE) {
                    sum11 += kept * others[at + channel(11, width)];
                }
                if (channels > 12 * TILE) {
                    sum12 += kept * others[at + channel(12, width)];
                }
                if (channels > 13 * TILE) {
                    sum13 += kept * others[at + channel(13, width)];
                }
                if (channels > 14 * TILE) {
                    sum14 += kept * others[at + channel(14, width)];
                }
                if (channels > 15 * TILE) {
                    sum15 += kept * others[at + channel(15, width)];
                }
            }
        }
        if (i < positions) {
            int outRow =
                    Place.start(outPlace, layer)
                            + ((batch * positions + i) * heads + head) * headSize;
            int end = outRow + headSize;
            if (firstOfRow >= endOfRow) {
                total = 1f; // nothing is seen: the sums are 0
            }
            put(out, outRow + lane * width, end, sum0 / total);
            put(out, outRow + lane * width + channel(1, width), end, sum1 / total);
            put(out, outRow + lane * width + channel(2, width), end, sum2 / total);
            put(out, outRow + lane * width + channel(3, width), end, sum3 / total);
            put(out, outRow + lane * width + channel(4, width), end, sum4 / total);
            put(out, outRow + lane * width + channel(5, width), end, sum5 / total);
            put(out, outRow + lane * width + channel(6, width), end, sum6 / total);
            put(out, outRow + lane * width + channel(7, width), end, sum7 / total);
            put(out, outRow + lane * width + channel(8, width), end, sum8 / total);
            put(out, outRow + lane * width + channel(9, width), end, sum9 / total);
            put(out, outRow + lane * width + channel(10, width), end, sum10 / total);
            put(out, outRow + lane * width + channel(11, width), end, sum11 / total);
            put(out, outRow + lane * width + channel(12, width), end, sum12 / total);
            put(out, outRow + lane * width + channel(13, width), end, sum13 / total);
            put(out, outRow + lane * width + channel(14, width), end, sum14 / total);
            put(out, outRow + lane * width + channel(15, width), end, sum15 / total);
            if (lane == 0) {
                float rowLse = 0f;
                if (firstOfRow < endOfRow) {
                    rowLse = largest + TornadoMath.log(total);
                }
                lse.set(Place.start(lsePlace, layer) + randomRow, rowLse);
            }
        }
    }

    /// What the gradient needs to know of each row of each head, in one array: `delta_i = sum_d
    /// dOut_id out_id`, which the gradient of softmax subtracts, and `lse`. One work-item a row of
    /// a head. 2 FLOPs and 8 bytes an element of `out`.
    ///
    /// @param rowValues written
    /// @param hasBiases 1 or 0
    public static void attentionDelta(
            IntArray layer,
            FloatArray out,
            long outPlace,
            FloatArray dOut,
            long dOutPlace,
            FloatArray lse,
            long lsePlace,
            FloatArray biases,
            long biasesPlace,
            FloatArray rowValues,
            int batch,
            int positions,
            int heads,
            int headSize,
            int hasBiases) {
        for (@Parallel int row = 0; row < batch * positions; row++) {
            for (@Parallel int head = 0; head < heads; head++) {
                int element = (row * heads + head) * headSize;
                int outAt = Place.start(outPlace, layer) + element;
                int dOutAt = Place.start(dOutPlace, layer) + element;
                float sum = 0f;
                for (int d = 0; d < headSize; d++) {
                    sum += dOut.get(dOutAt + d) * out.get(outAt + d);
                }
                int sequence = row / positions;
                int ofHead = (sequence * heads + head) * positions + row % positions;
                float bias = 0f;
                if (hasBiases != 0) {
                    bias = biases.get(Place.start(biasesPlace, layer) + row * heads + head);
                }
                rowValues.set(3 * ofHead, sum);
                rowValues.set(3 * ofHead + 1, lse.get(Place.start(lsePlace, layer) + ofHead));
                rowValues.set(3 * ofHead + 2, bias);
            }
        }
    }

    /// `dQ = dS . K` with `dS = scale * cap' * P * (dropout(dOut . V^T) - delta)`. A group sums
    /// over the keys that its rows see. 25.8 KiB of local memory. About 3 B T^2 H D FLOPs if
    /// causal.
    ///
    /// @param dStride elements from one row of `dQueries` to the next
    public static void attentionQueryBackward(
            KernelContext context,
            IntArray layer,
            FloatArray queries,
            long queriesPlace,
            FloatArray keys,
            long keysPlace,
            FloatArray values,
            long valuesPlace,
            FloatArray dOut,
            long dOutPlace,
            FloatArray rowValues,
            IntArray seen,
            FloatArray dQueries,
            long dQueriesPlace,
            long sizes,
            long strides,
            int dStride,
            float scale,
            float cap,
            long mask) {
        int positions = AttentionSizes.positions(sizes);
        int heads = AttentionSizes.heads(sizes);
        int headSize = AttentionSizes.headSize(sizes);
        int shared = heads / AttentionSizes.keyValueHeads(sizes);
        int tile = tile(headSize);
        int channels = (headSize + TILE - 1) / TILE * TILE; // those behind the head's are 0
        int pitch = channels + 4;
        int width = width(channels);
        float[] rowTile = context.allocateFloatLocalArray(TILE_ELEMENTS);
        float[] gradients = context.allocateFloatLocalArray(TILE_ELEMENTS);
        float[] others = context.allocateFloatLocalArray(TILE_ELEMENTS);
        float[] dScores = context.allocateFloatLocalArray(TILE * TILE);
        int item = context.localIdx;
        int row = item / TILE;
        int lane = item % TILE;
        int head = context.groupIdy;
        int batch = context.groupIdz;
        int i0 = context.groupIdx * tile;
        int i = i0 + row;
        int queryStride = AttentionSizes.queryStride(strides);
        int keyStride = AttentionSizes.keyStride(strides);
        int valueStride = AttentionSizes.valueStride(strides);
        int query =
                Place.start(queriesPlace, layer)
                        + batch * positions * queryStride
                        + head * headSize;
        int key =
                Place.start(keysPlace, layer)
                        + batch * positions * keyStride
                        + head / shared * headSize;
        int value =
                Place.start(valuesPlace, layer)
                        + batch * positions * valueStride
                        + head / shared * headSize;
        int gradientStride = heads * headSize;
        int gradient =
                Place.start(dOutPlace, layer)
                        + batch * positions * gradientStride
                        + head * headSize;
        int randomRow = (batch * heads + head) * positions + i;
        int threshold = (int) mask;
        float keepScale = TWO_TO_24 / (TWO_TO_24 - threshold);
        int firstOfRow = AttentionViews.firstOfRow(seen, sizes, batch, i);
        int endOfRow = AttentionViews.endOfRow(seen, sizes, batch, i);
        int firstOfTile = AttentionViews.firstOfTile(seen, sizes, batch, i0, tile);
        int endOfTile = AttentionViews.endOfTile(seen, sizes, batch, i0, tile);

        for (int first = 0; first < channels; first += TILE) {
            int d = first + lane;
            float loaded = 0f;
            float loadedGradient = 0f;
            if (i0 + row < positions && d < headSize) {
                loaded = queries.get(query + (i0 + row) * queryStride + d);
                loadedGradient = dOut.get(gradient + (i0 + row) * gradientStride + d);
            }
            rowTile[row * pitch + d] = loaded;
            gradients[row * pitch + d] = loadedGradient;
        }
        float rowLse = 0f;
        float rowDelta = 0f;
        if (i < positions) {
            rowDelta = rowValues.get(3 * randomRow);
            rowLse = rowValues.get(3 * randomRow + 1);
        }
        float sum0 = 0f;
        float sum1 = 0f;
        float sum2 = 0f;
        float sum3 = 0f;
        float sum4 = 0f;
        float sum5 = 0f;
        float sum6 = 0f;
        float sum7 = 0f;
        float sum8 = 0f;
        float sum9 = 0f;
        float sum10 = 0f;
        float sum11 = 0f;
        float sum12 = 0f;
        float sum13 = 0f;
        float sum14 = 0f;
        float sum15 = 0f;
        for (int j0 = firstOfTile & -tile; j0 < endOfTile; j0 += tile) {
            int j = j0 + lane;
            int sees =
                    AttentionViews.between(j, firstOfRow, endOfRow)
                            * AttentionViews.between(i, 0, positions)
                            * AttentionViews.between(lane, 0, tile);
            context.localBarrier();
            for (int first = 0; first < channels; first += TILE) {
                int d = first + lane;
                float loaded = 0f;
                if (j0 + row < positions && d < headSize) {
                    loaded = values.get(value + (j0 + row) * valueStride + d);
                }
                others[row * pitch + d] = loaded;
            }
            context.localBarrier();
            float dP = 0f;
            if (sees == 1) {
                for (int d = 0; d < channels; d += 4) {
                    int left = row * pitch + d;
                    int right = lane * pitch + d;
                    dP += gradients[left] * others[right];
                    dP += gradients[left + 1] * others[right + 1];
                    dP += gradients[left + 2] * others[right + 2];
                    dP += gradients[left + 3] * others[right + 3];
                }
                if (threshold > 0) {
                    int bits =
                            DropoutKernels.bits(
                                    seen,
                                    AttentionViews.KEY,
                                    randomRow,
                                    j,
                                    (int) (mask >> 32),
                                    layer.get(0));
                    dP = bits >= threshold ? dP * keepScale : 0f;
                }
            }
            context.localBarrier();
            for (int first = 0; first < channels; first += TILE) {
                int d = first + lane;
                float loaded = 0f;
                if (j0 + row < positions && d < headSize) {
                    loaded = keys.get(key + (j0 + row) * keyStride + d);
                }
                others[row * pitch + d] = loaded;
            }
            context.localBarrier();
            float dScore = 0f;
            if (sees == 1) {
                float dot = 0f;
                for (int d = 0; d < channels; d += 4) {
                    int left = row * pitch + d;
                    int right = lane * pitch + d;
                    dot += rowTile[left] * others[right];
                    dot += rowTile[left + 1] * others[right + 1];
                    dot += rowTile[left + 2] * others[right + 2];
                    dot += rowTile[left + 3] * others[right + 3];
                }
                float capped = SoftCapKernels.capped(dot * scale, cap);
                float score = capped;
                if (AttentionSizes.biases(sizes)) {
                    int keyRow = (batch * heads + head) * positions + j;
                    float distance =
                            rowValues.get(3 * keyRow + 2) - rowValues.get(3 * randomRow + 2);
                    score += scale * distance;
                }
                dScore =
                        TornadoMath.exp(score - rowLse)
                                * (dP - rowDelta)
                                * scale
                                * SoftCapKernels.slope(capped, cap);
            }
            dScores[item] = dScore;
            context.localBarrier();
            for (int r = 0; r < tile; r++) {
                float of = dScores[row * TILE + r];
                int at = r * pitch + lane * width;
                sum0 += of * others[at];
                if (channels > TILE) {
                    sum1 += of * others[at + channel(1, width)];
                }
                if (channels > 2 * TILE) {
                    sum2 += of * others[at + channel(2, width)];
                }
                if (channels > 3 * TILE) {
                    sum3 += of * others[at + channel(3, width)];
                }
                if (channels > 4 * TILE) {
                    sum4 += of * others[at + channel(4, width)];
                }
                if (channels > 5 * TILE) {
                    sum5 += of * others[at + channel(5, width)];
                }
                if (channels > 6 * TILE) {
                    sum6 += of * others[at + channel(6, width)];
                }
                if (channels > 7 * TILE) {
                    sum7 += of * others[at + channel(7, width)];
                }
                if (channels > 8 * TILE) {
                    sum8 += of * others[at + channel(8, width)];
                }
                if (channels > 9 * TILE) {
                    sum9 += of * others[at + channel(9, width)];
                }
                if (channels > 10 * TILE) {
                    sum10 += of * others[at + channel(10, width)];
                }
                if (channels > 11 * TILE) {
                    sum11 += of * others[at + channel(11, width)];
                }
                if (channels > 12 * TILE) {
                    sum12 += of * others[at + channel(12, width)];
                }
                if (channels > 13 * TILE) {
                    sum13 += of * others[at + channel(13, width)];
                }
                if (channels > 14 * TILE) {
                    sum14 += of * others[at + channel(14, width)];
                }
                if (channels > 15 * TILE) {
                    sum15 += of * others[at + channel(15, width)];
                }
            }
        }
        if (i < positions) {
            int dQueryRow =
                    Place.start(dQueriesPlace, layer)
                            + (batch * positions + i) * dStride
                            + head * headSize;
            int end = dQueryRow + headSize;
            put(dQueries, dQueryRow + lane * width, end, sum0);
            put(dQueries, dQueryRow + lane * width + channel(1, width), end, sum1);
            put(dQueries, dQueryRow + lane * width + channel(2, width), end, sum2);
            put(dQueries, dQueryRow + lane * width + channel(3, width), end, sum3);
            put(dQueries, dQueryRow + lane * width + channel(4, width), end, sum4);
            put(dQueries, dQueryRow + lane * width + channel(5, width), end, sum5);
            put(dQueries, dQueryRow + lane * width + channel(6, width), end, sum6);
            put(dQueries, dQueryRow + lane * width + channel(7, width), end, sum7);
            put(dQueries, dQueryRow + lane * width + channel(8, width), end, sum8);
            put(dQueries, dQueryRow + lane * width + channel(9, width), end, sum9);
            put(dQueries, dQueryRow + lane * width + channel(10, width), end, sum10);
            put(dQueries, dQueryRow + lane * width + channel(11, width), end, sum11);
            put(dQueries, dQueryRow + lane * width + channel(12, width), end, sum12);
            put(dQueries, dQueryRow + lane * width + channel(13, width), end, sum13);
            put(dQueries, dQueryRow + lane * width + channel(14, width), end, sum14);
            put(dQueries, dQueryRow + lane * width + channel(15, width), end, sum15);
        }
    }

    /// Channels side by side that a work-item has, before those of the other fifteen follow.
    private static int width(int channels) {
        return channels % (4 * TILE) == 0 ? 4 : channels % (2 * TILE) == 0 ? 2 : 1;
    }

    /// The n-th channel of a work-item, counted from its first.
    private static int channel(int n, int width) {
        return n / width * TILE * width + n % width;
    }

    /// Stores a channel, where the row has it.
    private static void put(FloatArray row, int at, int end, float value) {
        if (at < end) {
            row.set(at, value);
        }
    }

    /// `dV = dropout(P)^T . dOut` and `dK = dS^T . Q`, summed over the heads that share a head of
    /// keys. A group sums over the queries that see its keys. 26.8 KiB of local memory. About 4 B
    /// T^2 H D FLOPs if causal, 2 for values alone and 3 for keys alone.
    ///
    /// @param dKeyValue at the place of the gradients of keys, or of those of values alone
    /// @param strides with [#KEYS] and [#VALUES] in the highest bits: which are written
    /// @param targetRows elements from one row of `dKeyValue` to the next, in the high half;
    ///   elements from the gradients of keys to those of values in the low half
    public static void attentionKeyValueBackward(
            KernelContext context,
            IntArray layer,
            FloatArray queries,
            long queriesPlace,
            FloatArray keys,
            long keysPlace,
            FloatArray values,
            long valuesPlace,
            FloatArray dOut,
            long dOutPlace,
            FloatArray rowValues,
            IntArray seen,
            FloatArray dKeyValue,
            long dKeyValuePlace,
            long sizes,
            long strides,
            long targetRows,
            float scale,
            float cap,
            long mask) {
        int positions = AttentionSizes.positions(sizes);
        int heads = AttentionSizes.heads(sizes);
        int headSize = AttentionSizes.headSize(sizes);
        int shared = heads / AttentionSizes.keyValueHeads(sizes);
        int tile = tile(headSize);
        int channels = (headSize + TILE - 1) / TILE * TILE; // those behind the head's are 0
        int pitch = channels + 4;
        int width = width(channels);
        int parts = (int) (strides >> 60);
        float[] keyTile = context.allocateFloatLocalArray(TILE_ELEMENTS);
        float[] valueTile = context.allocateFloatLocalArray(TILE_ELEMENTS);
        float[] others = context.allocateFloatLocalArray(TILE_ELEMENTS);
        float[] kept = context.allocateFloatLocalArray(TILE * TILE);
        float[] dScores = context.allocateFloatLocalArray(TILE * TILE);
        int item = context.localIdx;
        int row = item / TILE;
        int lane = item % TILE;
        int keyHead = context.groupIdy;
        int batch = context.groupIdz;
        int j0 = context.groupIdx * tile;
        int j = j0 + row;
        int queryStride = AttentionSizes.queryStride(strides);
        int keyStride = AttentionSizes.keyStride(strides);
        int valueStride = AttentionSizes.valueStride(strides);
        int key =
                Place.start(keysPlace, layer) + batch * positions * keyStride + keyHead * headSize;
        int value =
                Place.start(valuesPlace, layer)
                        + batch * positions * valueStride
                        + keyHead * headSize;
        int gradientStride = heads * headSize;
        int threshold = (int) mask;
        float keepScale = TWO_TO_24 / (TWO_TO_24 - threshold);

        int batches = context.globalGroupSizeZ;
        int firstOfTile = AttentionViews.firstRow(seen, sizes, batch, batches, j0, tile);
        int endOfTile = AttentionViews.endOfRows(seen, sizes, batch, batches, j0, tile);

        for (int first = 0; first < channels; first += TILE) {
            int d = first + lane;
            float loadedKey = 0f;
            float loadedValue = 0f;
            if (j0 + row < positions && d < headSize) {
                loadedKey = keys.get(key + (j0 + row) * keyStride + d);
                loadedValue = values.get(value + (j0 + row) * valueStride + d);
            }
            keyTile[row * pitch + d] = loadedKey;
            valueTile[row * pitch + d] = loadedValue;
        }
        float dKey0 = 0f;
        float dKey1 = 0f;
        float dKey2 = 0f;
        float dKey3 = 0f;
        float dKey4 = 0f;
        float dKey5 = 0f;
        float dKey6 = 0f;
        float dKey7 = 0f;
        float dKey8 = 0f;
        float dKey9 = 0f;
        float dKey10 = 0f;
        float dKey11 = 0f;
        float dKey12 = 0f;
        float dKey13 = 0f;
        float dKey14 = 0f;
        float dKey15 = 0f;
        float dValue0 = 0f;
        float dValue1 = 0f;
        float dValue2 = 0f;
        float dValue3 = 0f;
        float dValue4 = 0f;
        float dValue5 = 0f;
        float dValue6 = 0f;
        float dValue7 = 0f;
        float dValue8 = 0f;
        float dValue9 = 0f;
        float dValue10 = 0f;
        float dValue11 = 0f;
        float dValue12 = 0f;
        float dValue13 = 0f;
        float dValue14 = 0f;
        float dValue15 = 0f;
        for (int sharing = 0; sharing < shared; sharing++) {
            int head = keyHead * shared + sharing;
            int query =
                    Place.start(queriesPlace, layer)
                            + batch * positions * queryStride
                            + head * headSize;
            int gradient =
                    Place.start(dOutPlace, layer)
                            + batch * positions * gradientStride
                            + head * headSize;
            int headRow = (batch * heads + head) * positions;
            for (int i0 = firstOfTile & -tile; i0 < endOfTile; i0 += tile) {
                int i = i0 + lane;
                int sees = 0;
                if (lane < tile) {
                    sees = AttentionViews.sees(seen, sizes, batch, i, j);
                }
                context.localBarrier();
                for (int first = 0; first < channels; first += TILE) {
                    int d = first + lane;
                    float loaded = 0f;
                    if (i0 + row < positions && d < headSize) {
                        loaded = queries.get(query + (i0 + row) * queryStride + d);
                    }
                    others[row * pitch + d] = loaded;
                }
                context.localBarrier();
                float p = 0f;
                float factor = 1f;
                float slope = 1f;
                if (sees == 1) {
                    float dot = 0f;
                    for (int d = 0; d < channels; d += 4) {
                        int left = lane * pitch + d;
                        int right = row * pitch + d;
                        dot += others[left] * keyTile[right];
                        dot += others[left + 1] * keyTile[right + 1];
                        dot += others[left + 2] * keyTile[right + 2];
                        dot += others[left + 3] * keyTile[right + 3];
                    }
                    float capped = SoftCapKernels.capped(dot * scale, cap);
                    slope = SoftCapKernels.slope(capped, cap);
                    float score = capped;
                    if (AttentionSizes.biases(sizes)) {
                        float keyBias = rowValues.get(3 * (headRow + j) + 2);
                        score += scale * (keyBias - rowValues.get(3 * (headRow + i) + 2));
                    }
                    p = TornadoMath.exp(score - rowValues.get(3 * (headRow + i) + 1));
                    if (threshold > 0) {
                        int bits =
                                DropoutKernels.bits(
                                        seen,
                                        AttentionViews.KEY,
                                        headRow + i,
                                        j,
                                        (int) (mask >> 32),
                                        layer.get(0));
                        factor = bits >= threshold ? keepScale : 0f;
                    }
                }
                kept[item] = p * factor;
                context.localBarrier();
                for (int first = 0; first < channels; first += TILE) {
                    int d = first + lane;
                    float loaded = 0f;
                    if (i0 + row < positions && d < headSize) {
                        loaded = dOut.get(gradient + (i0 + row) * gradientStride + d);
                    }
                    others[row * pitch + d] = loaded;
                }
                context.localBarrier();
                if ((parts & KEYS) != 0) {
                    float dScore = 0f;
                    if (sees == 1) {
                        float dP = 0f;
                        for (int d = 0; d < channels; d += 4) {
                            int left = lane * pitch + d;
                            int right = row * pitch + d;
                            dP += others[left] * valueTile[right];
                            dP += others[left + 1] * valueTile[right + 1];
                            dP += others[left + 2] * valueTile[right + 2];
                            dP += others[left + 3] * valueTile[right + 3];
                        }
                        float delta = rowValues.get(3 * (headRow + i));
                        dScore = p * (dP * factor - delta) * scale * slope;
                    }
                    dScores[item] = dScore;
                }
                if ((parts & VALUES) != 0) {
                    for (int r = 0; r < tile; r++) {
                        float of = kept[row * TILE + r];
                        int at = r * pitch + lane * width;
                        dValue0 += of * others[at];
                        if (channels > TILE) {
                            dValue1 += of * others[at + channel(1, width)];
                        }
                        if (channels > 2 * TILE) {
                            dValue2 += of * others[at + channel(2, width)];
                        }
                        if (channels > 3 * TILE) {
                            dValue3 += of * others[at + channel(3, width)];
                        }
                        if (channels > 4 * TILE) {
                            dValue4 += of * others[at + channel(4, width)];
                        }
                        if (channels > 5 * TILE) {
                            dValue5 += of * others[at + channel(5, width)];
                        }
                        if (channels > 6 * TILE) {
                            dValue6 += of * others[at + channel(6, width)];
                        }
                        if (channels > 7 * TILE) {
                            dValue7 += of * others[at + channel(7, width)];
                        }
                        if (channels > 8 * TILE) {
                            dValue8 += of * others[at + channel(8, width)];
                        }
                        if (channels > 9 * TILE) {
                            dValue9 += of * others[at + channel(9, width)];
                        }
                        if (channels > 10 * TILE) {
                            dValue10 += of * others[at + channel(10, width)];
                        }
                        if (channels > 11 * TILE) {
                            dValue11 += of * others[at + channel(11, width)];
                        }
                        if (channels > 12 * TILE) {
                            dValue12 += of * others[at + channel(12, width)];
                        }
                        if (channels > 13 * TILE) {
                            dValue13 += of * others[at + channel(13, width)];
                        }
                        if (channels > 14 * TILE) {
                            dValue14 += of * others[at + channel(14, width)];
                        }
                        if (channels > 15 * TILE) {
                            dValue15 += of * others[at + channel(15, width)];
                        }
                    }
                }
                context.localBarrier();
                if ((parts & KEYS) != 0) {
                    for (int first = 0; first < channels; first += TILE) {
                        int d = first + lane;
                        float loaded = 0f;
                        if (i0 + row < positions && d < headSize) {
                            loaded = queries.get(query + (i0 + row) * queryStride + d);
                        }
                        others[row * pitch + d] = loaded;
                    }
                }
                context.localBarrier();
                if ((parts & KEYS) != 0) {
                    for (int r = 0; r < tile; r++) {
                        float of = dScores[row * TILE + r];
                        int at = r * pitch + lane * width;
                        dKey0 += of * others[at];
                        if (channels > TILE) {
                            dKey1 += of * others[at + channel(1, width)];
                        }
                        if (channels > 2 * TILE) {
                            dKey2 += of * others[at + channel(2, width)];
                        }
                        if (channels > 3 * TILE) {
                            dKey3 += of * others[at + channel(3, width)];
                        }
                        if (channels > 4 * TILE) {
                            dKey4 += of * others[at + channel(4, width)];
                        }
                        if (channels > 5 * TILE) {
                            dKey5 += of * others[at + channel(5, width)];
                        }
                        if (channels > 6 * TILE) {
                            dKey6 += of * others[at + channel(6, width)];
                        }
                        if (channels > 7 * TILE) {
                            dKey7 += of * others[at + channel(7, width)];
                        }
                        if (channels > 8 * TILE) {
                            dKey8 += of * others[at + channel(8, width)];
                        }
                        if (channels > 9 * TILE) {
                            dKey9 += of * others[at + channel(9, width)];
                        }
                        if (channels > 10 * TILE) {
                            dKey10 += of * others[at + channel(10, width)];
                        }
                        if (channels > 11 * TILE) {
                            dKey11 += of * others[at + channel(11, width)];
                        }
                        if (channels > 12 * TILE) {
                            dKey12 += of * others[at + channel(12, width)];
                        }
                        if (channels > 13 * TILE) {
                            dKey13 += of * others[at + channel(13, width)];
                        }
                        if (channels > 14 * TILE) {
                            dKey14 += of * others[at + channel(14, width)];
                        }
                        if (channels > 15 * TILE) {
                            dKey15 += of * others[at + channel(15, width)];
                        }
                    }
                }
            }
        }
        if (j < positions) {
            int target =
                    Place.start(dKeyValuePlace, layer)
                            + (batch * positions + j) * (int) (targetRows >> 32)
                            + keyHead * headSize;
            int end = target + headSize;
            if ((parts & KEYS) != 0) {
                put(dKeyValue, target + lane * width, end, dKey0);
                put(dKeyValue, target + lane * width + channel(1, width), end, dKey1);
                put(dKeyValue, target + lane * width + channel(2, width), end, dKey2);
                put(dKeyValue, target + lane * width + channel(3, width), end, dKey3);
                put(dKeyValue, target + lane * width + channel(4, width), end, dKey4);
                put(dKeyValue, target + lane * width + channel(5, width), end, dKey5);
                put(dKeyValue, target + lane * width + channel(6, width), end, dKey6);
                put(dKeyValue, target + lane * width + channel(7, width), end, dKey7);
                put(dKeyValue, target + lane * width + channel(8, width), end, dKey8);
                put(dKeyValue, target + lane * width + channel(9, width), end, dKey9);
                put(dKeyValue, target + lane * width + channel(10, width), end, dKey10);
                put(dKeyValue, target + lane * width + channel(11, width), end, dKey11);
                put(dKeyValue, target + lane * width + channel(12, width), end, dKey12);
                put(dKeyValue, target + lane * width + channel(13, width), end, dKey13);
                put(dKeyValue, target + lane * width + channel(14, width), end, dKey14);
                put(dKeyValue, target + lane * width + channel(15, width), end, dKey15);
            }
            if ((parts & VALUES) != 0) {
                int valueTarget = target + (int) targetRows;
                end += (int) targetRows;
                put(dKeyValue, valueTarget + lane * width, end, dValue0);
                put(dKeyValue, valueTarget + lane * width + channel(1, width), end, dValue1);
                put(dKeyValue, valueTarget + lane * width + channel(2, width), end, dValue2);
                put(dKeyValue, valueTarget + lane * width + channel(3, width), end, dValue3);
                put(dKeyValue, valueTarget + lane * width + channel(4, width), end, dValue4);
                put(dKeyValue, valueTarget + lane * width + channel(5, width), end, dValue5);
                put(dKeyValue, valueTarget + lane * width + channel(6, width), end, dValue6);
                put(dKeyValue, valueTarget + lane * width + channel(7, width), end, dValue7);
                put(dKeyValue, valueTarget + lane * width + channel(8, width), end, dValue8);
                put(dKeyValue, valueTarget + lane * width + channel(9, width), end, dValue9);
                put(dKeyValue, valueTarget + lane * width + channel(10, width), end, dValue10);
                put(dKeyValue, valueTarget + lane * width + channel(11, width), end, dValue11);
                put(dKeyValue, valueTarget + lane * width + channel(12, width), end, dValue12);
                put(dKeyValue, valueTarget + lane * width + channel(13, width), end, dValue13);
                put(dKeyValue, valueTarget + lane * width + channel(14, width), end, dValue14);
                put(dKeyValue, valueTarget + lane * width + channel(15, width), end, dValue15);
            }
        }
    }
}
