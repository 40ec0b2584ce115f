package io.tornadogpt.kernels;

import io.tornadogpt.core.op.Attention;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid3D;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Causal multi-head self-attention and its gradient without a T x T buffer, after FlashAttention-2
/// (Dao, 2023): scores are made tile by tile in local memory, with an online softmax in the forward
/// direction and recomputed from the rows' log-sum-exp in the gradient.
///
/// `qkv` is `[B, T, 3C]`: queries in columns 0 to C, then keys, then values; head h is columns
/// `h*D` to `(h+1)*D` of each. Heads have 1 to 256 channels.
///
/// The gradient is three launches: [#attentionDelta], then in any order [#attentionQueryBackward],
/// which writes the queries' columns of `dQkv`, and [#attentionKeyValueBackward], which writes the
/// others. Keys and values are their own launch so that each element is summed by one work-item, in
/// a fixed order.
///
/// The loops that load tiles are written out each time, because TornadoVM 5.2 computes wrong
/// indices into local arrays that are parameters of a method.
///
/// Arguments of all kernels:
///
/// | argument | shape | |
/// | --- | --- | --- |
/// | `qkv`, `dQkv` | `[B, T, 3C]` | |
/// | `out`, `dOut` | `[B, T, C]` | |
/// | `lse` | `[B, H, T]` | log-sum-exp of the scaled scores, kept for the gradient |
/// | `delta` | scratch, B H T elements | `sum_d dOut_id out_id` of each row |
/// | `window` | `[1]` | row i sees `i - window < j <= i`, all `j <= i` if it is 0 |
/// | `rng` | `[4]` | key of the dropout; any `IntArray` if `mask` is 0 |
/// | `mask` | | [DropoutKernels#mask], 0 for no dropout; row `(b*H + h)*T + i`, column j |
public final class AttentionKernels {
    /// The largest head: three tiles of it must fit into local memory.
    public static final int LARGEST_HEAD = 256;

    /// Rows and columns of a tile of scores: 16 for heads up to 128, 8 for larger ones.
    private static final int WIDE = 16;

    private static final int NARROW = 8;
    private static final int LARGEST_WIDE_HEAD = 128;

    /// Channels of a head that one work-item sums: 128 / 16 or 256 / 8.
    private static final int MOST_CHANNELS = 32;

    private static final float TWO_TO_24 = 16777216f;

    private AttentionKernels() {}

    /// How [Attention] is launched.
    public static OpKernels of(Attention o) {
        int headSize = o.channels() / o.heads().count();
        return OpKernels.of(
                "attention",
                grid(o.batch(), o.positions(), o.heads().count(), headSize),
                (t, g, name) ->
                        g.task(
                                name,
                                AttentionKernels::attention,
                                new KernelContext(),
                                t.layer(),
                                t.floats(o.qkv()),
                                t.place(o.qkv()),
                                t.floats(o.out()),
                                t.place(o.out()),
                                t.floats(o.lse()),
                                t.place(o.lse()),
                                t.integersOrZero(o.heads().window()),
                                t.placeOrWhole(o.heads().window()),
                                t.integersOrZero(DropoutKernels.rng(o.dropout())),
                                t.placeOrWhole(DropoutKernels.rng(o.dropout())),
                                o.positions(),
                                o.heads().count(),
                                headSize,
                                (float) o.heads().scale(),
                                DropoutKernels.mask(o.dropout())));
    }

    /// How [Attention.Backward] is launched.
    public static OpKernels of(Attention.Backward o) {
        int heads = o.heads().count();
        int headSize = o.channels() / o.heads().count();
        WorkerGrid grid = grid(o.batch(), o.positions(), heads, headSize);
        return OpKernels.of(
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
                                        t.floatScratch(),
                                        o.batch(),
                                        o.positions(),
                                        heads,
                                        headSize))
                .then(
                        "attentionQueryBackward",
                        grid,
                        (t, g, name) ->
                                g.task(
                                        name,
                                        AttentionKernels::attentionQueryBackward,
                                        new KernelContext(),
                                        t.layer(),
                                        t.floats(o.qkv()),
                                        t.place(o.qkv()),
                                        t.floats(o.lse()),
                                        t.place(o.lse()),
                                        t.floats(o.dOut()),
                                        t.place(o.dOut()),
                                        t.floatScratch(),
                                        t.floats(o.dQkv()),
                                        t.place(o.dQkv()),
                                        t.integersOrZero(o.heads().window()),
                                        t.placeOrWhole(o.heads().window()),
                                        t.integersOrZero(DropoutKernels.rng(o.dropout())),
                                        t.placeOrWhole(DropoutKernels.rng(o.dropout())),
                                        o.positions(),
                                        heads,
                                        headSize,
                                        (float) o.heads().scale(),
                                        DropoutKernels.mask(o.dropout())))
                .then(
                        "attentionKeyValueBackward",
                        grid,
                        (t, g, name) ->
                                g.task(
                                        name,
                                        AttentionKernels::attentionKeyValueBackward,
                                        new KernelContext(),
                                        t.layer(),
                                        t.floats(o.qkv()),
                                        t.place(o.qkv()),
                                        t.floats(o.lse()),
                                        t.place(o.lse()),
                                        t.floats(o.dOut()),
                                        t.place(o.dOut()),
                                        t.floatScratch(),
                                        t.floats(o.dQkv()),
                                        t.place(o.dQkv()),
                                        t.integersOrZero(o.heads().window()),
                                        t.placeOrWhole(o.heads().window()),
                                        t.integersOrZero(DropoutKernels.rng(o.dropout())),
                                        t.placeOrWhole(DropoutKernels.rng(o.dropout())),
                                        o.positions(),
                                        heads,
                                        headSize,
                                        (float) o.heads().scale(),
                                        DropoutKernels.mask(o.dropout())))
                .withFloatScratch(Math.toIntExact(o.lse().elements()));
    }

    /// The launch of [#attention], [#attentionQueryBackward] and [#attentionKeyValueBackward]: a
    /// group for each 16 (or, for heads above 128, 8) positions of a head of a sequence, with a
    /// work-item for each score of a tile.
    ///
    /// @throws IllegalArgumentException if the head size is not from 1 to 256
    public static WorkerGrid grid(int batch, int positions, int heads, int headSize) {
        if (headSize < 1 || headSize > LARGEST_HEAD) {
            throw new IllegalArgumentException(
                    "a head has %d channels; attention kernels take 1 to %d: use more heads"
                            .formatted(headSize, LARGEST_HEAD));
        }
        int tile = tile(headSize);
        int items = tile * tile;
        int tiles = (positions + tile - 1) / tile;
        WorkerGrid grid = new WorkerGrid3D(tiles * items, heads, batch);
        grid.setLocalWork(items, 1, 1);
        return grid;
    }

    private static int tile(int headSize) {
        return headSize <= LARGEST_WIDE_HEAD ? WIDE : NARROW;
    }

    /// `out = dropout(softmax(mask(scale * Q . K^T))) . V`, and `lse`. 17.1 KiB of local memory.
    /// About 2 B T^2 C FLOPs; each key and value is read T / (2 tile) times.
    public static void attention(
            KernelContext context,
            IntArray layer,
            FloatArray qkv,
            long qkvPlace,
            FloatArray out,
            long outPlace,
            FloatArray lse,
            long lsePlace,
            IntArray window,
            long windowPlace,
            IntArray rng,
            long rngPlace,
            int positions,
            int heads,
            int headSize,
            float scale,
            long mask) {
        int tile = headSize <= LARGEST_WIDE_HEAD ? WIDE : NARROW;
        int pitch = headSize + 1;
        float[] queries = context.allocateFloatLocalArray(WIDE * (LARGEST_WIDE_HEAD + 1));
        float[] others = context.allocateFloatLocalArray(WIDE * (LARGEST_WIDE_HEAD + 1));
        float[] scores = context.allocateFloatLocalArray(WIDE * WIDE);
        int item = context.localIdx;
        int row = item / tile;
        int lane = item % tile;
        int head = context.groupIdy;
        int batch = context.groupIdz;
        int channels = heads * headSize;
        int i0 = context.groupIdx * tile;
        int i = i0 + row;
        int sequence = Place.start(qkvPlace, layer) + batch * positions * 3 * channels;
        int query = sequence + head * headSize;
        int key = query + channels;
        int value = key + channels;
        int width = window.get(Place.start(windowPlace, layer));
        int firstOfRow = width > 0 ? TornadoMath.max(0, i - width + 1) : 0;
        int firstOfTile = width > 0 ? TornadoMath.max(0, i0 - width + 1) : 0;
        int randomRow = (batch * heads + head) * positions + i;
        int threshold = (int) mask;
        float keepScale = TWO_TO_24 / (TWO_TO_24 - threshold);

        for (int e = item; e < tile * headSize; e += tile * tile) {
            int r = e / headSize;
            int d = e % headSize;
            float loaded = 0f;
            if (i0 + r < positions) {
                loaded = qkv.get(query + (i0 + r) * 3 * channels + d);
            }
            queries[r * pitch + d] = loaded;
        }
        float[] sums = new float[MOST_CHANNELS];
        for (int c = 0; c < MOST_CHANNELS; c++) {
            sums[c] = 0f;
        }
        float largest = RowGroups.LOWEST;
        float total = 0f;
        for (int j0 = firstOfTile / tile * tile; j0 < i0 + tile; j0 += tile) {
            context.localBarrier();
            for (int e = item; e < tile * headSize; e += tile * tile) {
                int r = e / headSize;
                int d = e % headSize;
                float loaded = 0f;
                if (j0 + r < positions) {
                    loaded = qkv.get(key + (j0 + r) * 3 * channels + d);
                }
                others[r * pitch + d] = loaded;
            }
            context.localBarrier();
            int j = j0 + lane;
            float score = RowGroups.LOWEST;
            if (j >= firstOfRow && j <= i) {
                float dot = 0f;
                for (int d = 0; d < headSize; d++) {
                    dot += queries[row * pitch + d] * others[lane * pitch + d];
                }
                score = dot * scale;
            }
            scores[item] = score;
            context.localBarrier();
            float larger = largest;
            for (int c = 0; c < tile; c++) {
                larger = TornadoMath.max(larger, scores[row * tile + c]);
            }
            float shrink = TornadoMath.exp(largest - larger);
            largest = larger;
            float added = 0f;
            for (int c = 0; c < tile; c++) {
                float other = scores[row * tile + c];
                if (other > RowGroups.LOWEST) {
                    added += TornadoMath.exp(other - largest);
                }
            }
            total = total * shrink + added;
            float p = 0f;
            if (score > RowGroups.LOWEST) {
                p = TornadoMath.exp(score - largest);
                if (threshold > 0) {
                    int bits =
                            DropoutKernels.bits(
                                    rng,
                                    Place.start(rngPlace, layer),
                                    randomRow,
                                    j,
                                    (int) (mask >> 32),
                                    layer.get(0));
                    p = bits >= threshold ? p * keepScale : 0f;
                }
            }
            context.localBarrier();
            scores[item] = p;
            for (int e = item; e < tile * headSize; e += tile * tile) {
                int r = e / headSize;
                int d = e % headSize;
                float loaded = 0f;
                if (j0 + r < positions) {
                    loaded = qkv.get(value + (j0 + r) * 3 * channels + d);
                }
                others[r * pitch + d] = loaded;
            }
            context.localBarrier();
            for (int c = 0; c < (headSize + tile - 1) / tile; c++) {
                int d = c * tile + lane;
                if (d < headSize) {
                    float sum = sums[c] * shrink;
                    for (int r = 0; r < tile; r++) {
                        sum += scores[row * tile + r] * others[r * pitch + d];
                    }
                    sums[c] = sum;
                }
            }
        }
        if (i < positions) {
            int outRow =
                    Place.start(outPlace, layer)
                            + (batch * positions + i) * channels
                            + head * headSize;
            for (int c = 0; c < (headSize + tile - 1) / tile; c++) {
                int d = c * tile + lane;
                if (d < headSize) {
                    out.set(outRow + d, sums[c] / total);
                }
            }
            if (lane == 0) {
                lse.set(Place.start(lsePlace, layer) + randomRow, largest + TornadoMath.log(total));
            }
        }
    }

    /// `delta_i = sum_d dOut_id out_id` for each row of each head: what the gradient of softmax
    /// subtracts. One work-item a row of a head. 2 FLOPs and 8 bytes an element of `out`.
    ///
    /// @param delta written, B H T elements
    public static void attentionDelta(
            IntArray layer,
            FloatArray out,
            long outPlace,
            FloatArray dOut,
            long dOutPlace,
            FloatArray delta,
            int batch,
            int positions,
            int heads,
            int headSize) {
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
                delta.set((sequence * heads + head) * positions + row % positions, sum);
            }
        }
    }

    /// The queries' columns of `dQkv`: `dQ = dS . K` with `dS = scale * P * (dropout(dOut . V^T) -
    /// delta)`. A group sums over the keys that its rows see. 25.2 KiB of local memory. About 3 B
    /// T^2 C FLOPs.
    public static void attentionQueryBackward(
            KernelContext context,
            IntArray layer,
            FloatArray qkv,
            long qkvPlace,
            FloatArray lse,
            long lsePlace,
            FloatArray dOut,
            long dOutPlace,
            FloatArray delta,
            FloatArray dQkv,
            long dQkvPlace,
            IntArray window,
            long windowPlace,
            IntArray rng,
            long rngPlace,
            int positions,
            int heads,
            int headSize,
            float scale,
            long mask) {
        int tile = headSize <= LARGEST_WIDE_HEAD ? WIDE : NARROW;
        int pitch = headSize + 1;
        float[] queries = context.allocateFloatLocalArray(WIDE * (LARGEST_WIDE_HEAD + 1));
        float[] gradients = context.allocateFloatLocalArray(WIDE * (LARGEST_WIDE_HEAD + 1));
        float[] others = context.allocateFloatLocalArray(WIDE * (LARGEST_WIDE_HEAD + 1));
        float[] dScores = context.allocateFloatLocalArray(WIDE * WIDE);
        int item = context.localIdx;
        int row = item / tile;
        int lane = item % tile;
        int head = context.groupIdy;
        int batch = context.groupIdz;
        int channels = heads * headSize;
        int i0 = context.groupIdx * tile;
        int i = i0 + row;
        int query =
                Place.start(qkvPlace, layer) + batch * positions * 3 * channels + head * headSize;
        int key = query + channels;
        int value = key + channels;
        int gradient =
                Place.start(dOutPlace, layer) + batch * positions * channels + head * headSize;
        int width = window.get(Place.start(windowPlace, layer));
        int firstOfRow = width > 0 ? TornadoMath.max(0, i - width + 1) : 0;
        int firstOfTile = width > 0 ? TornadoMath.max(0, i0 - width + 1) : 0;
        int randomRow = (batch * heads + head) * positions + i;
        int threshold = (int) mask;
        float keepScale = TWO_TO_24 / (TWO_TO_24 - threshold);

        for (int e = item; e < tile * headSize; e += tile * tile) {
            int r = e / headSize;
            int d = e % headSize;
            float loaded = 0f;
            float loadedGradient = 0f;
            if (i0 + r < positions) {
                loaded = qkv.get(query + (i0 + r) * 3 * channels + d);
                loadedGradient = dOut.get(gradient + (i0 + r) * channels + d);
            }
            queries[r * pitch + d] = loaded;
            gradients[r * pitch + d] = loadedGradient;
        }
        float rowLse = 0f;
        float rowDelta = 0f;
        if (i < positions) {
            rowLse = lse.get(Place.start(lsePlace, layer) + randomRow);
            rowDelta = delta.get(randomRow);
        }
        float[] sums = new float[MOST_CHANNELS];
        for (int c = 0; c < MOST_CHANNELS; c++) {
            sums[c] = 0f;
        }
        for (int j0 = firstOfTile / tile * tile; j0 < i0 + tile; j0 += tile) {
            int j = j0 + lane;
            boolean seen = i < positions && j >= firstOfRow && j <= i;
            context.localBarrier();
            for (int e = item; e < tile * headSize; e += tile * tile) {
                int r = e / headSize;
                int d = e % headSize;
                float loaded = 0f;
                if (j0 + r < positions) {
                    loaded = qkv.get(value + (j0 + r) * 3 * channels + d);
                }
                others[r * pitch + d] = loaded;
            }
            context.localBarrier();
            float dP = 0f;
            if (seen) {
                for (int d = 0; d < headSize; d++) {
                    dP += gradients[row * pitch + d] * others[lane * pitch + d];
                }
                if (threshold > 0) {
                    int bits =
                            DropoutKernels.bits(
                                    rng,
                                    Place.start(rngPlace, layer),
                                    randomRow,
                                    j,
                                    (int) (mask >> 32),
                                    layer.get(0));
                    dP = bits >= threshold ? dP * keepScale : 0f;
                }
            }
            context.localBarrier();
            for (int e = item; e < tile * headSize; e += tile * tile) {
                int r = e / headSize;
                int d = e % headSize;
                float loaded = 0f;
                if (j0 + r < positions) {
                    loaded = qkv.get(key + (j0 + r) * 3 * channels + d);
                }
                others[r * pitch + d] = loaded;
            }
            context.localBarrier();
            float dScore = 0f;
            if (seen) {
                float dot = 0f;
                for (int d = 0; d < headSize; d++) {
                    dot += queries[row * pitch + d] * others[lane * pitch + d];
                }
                dScore = TornadoMath.exp(dot * scale - rowLse) * (dP - rowDelta) * scale;
            }
            dScores[item] = dScore;
            context.localBarrier();
            for (int c = 0; c < (headSize + tile - 1) / tile; c++) {
                int d = c * tile + lane;
                if (d < headSize) {
                    float sum = sums[c];
                    for (int r = 0; r < tile; r++) {
                        sum += dScores[row * tile + r] * others[r * pitch + d];
                    }
                    sums[c] = sum;
                }
            }
        }
        if (i < positions) {
            int dQueryRow =
                    Place.start(dQkvPlace, layer)
                            + (batch * positions + i) * 3 * channels
                            + head * headSize;
            for (int c = 0; c < (headSize + tile - 1) / tile; c++) {
                int d = c * tile + lane;
                if (d < headSize) {
                    dQkv.set(dQueryRow + d, sums[c]);
                }
            }
        }
    }

    /// The keys' and values' columns of `dQkv`: `dV = dropout(P)^T . dOut` and `dK = dS^T . Q`. A
    /// group sums over the queries that see its keys. 26.2 KiB of local memory. About 4 B T^2 C
    /// FLOPs.
    public static void attentionKeyValueBackward(
            KernelContext context,
            IntArray layer,
            FloatArray qkv,
            long qkvPlace,
            FloatArray lse,
            long lsePlace,
            FloatArray dOut,
            long dOutPlace,
            FloatArray delta,
            FloatArray dQkv,
            long dQkvPlace,
            IntArray window,
            long windowPlace,
            IntArray rng,
            long rngPlace,
            int positions,
            int heads,
            int headSize,
            float scale,
            long mask) {
        int tile = headSize <= LARGEST_WIDE_HEAD ? WIDE : NARROW;
        int pitch = headSize + 1;
        float[] keys = context.allocateFloatLocalArray(WIDE * (LARGEST_WIDE_HEAD + 1));
        float[] values = context.allocateFloatLocalArray(WIDE * (LARGEST_WIDE_HEAD + 1));
        float[] others = context.allocateFloatLocalArray(WIDE * (LARGEST_WIDE_HEAD + 1));
        float[] kept = context.allocateFloatLocalArray(WIDE * WIDE);
        float[] dScores = context.allocateFloatLocalArray(WIDE * WIDE);
        int item = context.localIdx;
        int row = item / tile;
        int lane = item % tile;
        int head = context.groupIdy;
        int batch = context.groupIdz;
        int channels = heads * headSize;
        int j0 = context.groupIdx * tile;
        int j = j0 + row;
        int query =
                Place.start(qkvPlace, layer) + batch * positions * 3 * channels + head * headSize;
        int key = query + channels;
        int value = key + channels;
        int gradient =
                Place.start(dOutPlace, layer) + batch * positions * channels + head * headSize;
        int headRow = (batch * heads + head) * positions;
        int lseRow = Place.start(lsePlace, layer) + headRow;
        int width = window.get(Place.start(windowPlace, layer));
        int lastOfRow = positions - 1;
        int lastOfTile = positions - 1;
        if (width > 0) {
            // Subtracted where an addition could overflow.
            lastOfRow = width - 1 < positions - 1 - j ? j + width - 1 : positions - 1;
            lastOfTile = width - 1 < positions - j0 - tile ? j0 + tile + width - 2 : positions - 1;
        }
        int threshold = (int) mask;
        float keepScale = TWO_TO_24 / (TWO_TO_24 - threshold);

        for (int e = item; e < tile * headSize; e += tile * tile) {
            int r = e / headSize;
            int d = e % headSize;
            float loadedKey = 0f;
            float loadedValue = 0f;
            if (j0 + r < positions) {
                loadedKey = qkv.get(key + (j0 + r) * 3 * channels + d);
                loadedValue = qkv.get(value + (j0 + r) * 3 * channels + d);
            }
            keys[r * pitch + d] = loadedKey;
            values[r * pitch + d] = loadedValue;
        }
        float[] dKey = new float[MOST_CHANNELS];
        float[] dValue = new float[MOST_CHANNELS];
        for (int c = 0; c < MOST_CHANNELS; c++) {
            dKey[c] = 0f;
            dValue[c] = 0f;
        }
        for (int i0 = j0; i0 <= lastOfTile; i0 += tile) {
            int i = i0 + lane;
            boolean seen = j <= i && i <= lastOfRow && i < positions;
            context.localBarrier();
            for (int e = item; e < tile * headSize; e += tile * tile) {
                int r = e / headSize;
                int d = e % headSize;
                float loaded = 0f;
                if (i0 + r < positions) {
                    loaded = qkv.get(query + (i0 + r) * 3 * channels + d);
                }
                others[r * pitch + d] = loaded;
            }
            context.localBarrier();
            float p = 0f;
            float factor = 1f;
            if (seen) {
                float dot = 0f;
                for (int d = 0; d < headSize; d++) {
                    dot += others[lane * pitch + d] * keys[row * pitch + d];
                }
                p = TornadoMath.exp(dot * scale - lse.get(lseRow + i));
                if (threshold > 0) {
                    int bits =
                            DropoutKernels.bits(
                                    rng,
                                    Place.start(rngPlace, layer),
                                    headRow + i,
                                    j,
                                    (int) (mask >> 32),
                                    layer.get(0));
                    factor = bits >= threshold ? keepScale : 0f;
                }
            }
            kept[item] = p * factor;
            context.localBarrier();
            for (int e = item; e < tile * headSize; e += tile * tile) {
                int r = e / headSize;
                int d = e % headSize;
                float loaded = 0f;
                if (i0 + r < positions) {
                    loaded = dOut.get(gradient + (i0 + r) * channels + d);
                }
                others[r * pitch + d] = loaded;
            }
            context.localBarrier();
            float dScore = 0f;
            if (seen) {
                float dP = 0f;
                for (int d = 0; d < headSize; d++) {
                    dP += others[lane * pitch + d] * values[row * pitch + d];
                }
                dScore = p * (dP * factor - delta.get(headRow + i)) * scale;
            }
            dScores[item] = dScore;
            for (int c = 0; c < (headSize + tile - 1) / tile; c++) {
                int d = c * tile + lane;
                if (d < headSize) {
                    float sum = dValue[c];
                    for (int r = 0; r < tile; r++) {
                        sum += kept[row * tile + r] * others[r * pitch + d];
                    }
                    dValue[c] = sum;
                }
            }
            context.localBarrier();
            for (int e = item; e < tile * headSize; e += tile * tile) {
                int r = e / headSize;
                int d = e % headSize;
                float loaded = 0f;
                if (i0 + r < positions) {
                    loaded = qkv.get(query + (i0 + r) * 3 * channels + d);
                }
                others[r * pitch + d] = loaded;
            }
            context.localBarrier();
            for (int c = 0; c < (headSize + tile - 1) / tile; c++) {
                int d = c * tile + lane;
                if (d < headSize) {
                    float sum = dKey[c];
                    for (int r = 0; r < tile; r++) {
                        sum += dScores[row * tile + r] * others[r * pitch + d];
                    }
                    dKey[c] = sum;
                }
            }
        }
        if (j < positions) {
            int dKeyRow =
                    Place.start(dQkvPlace, layer)
                            + (batch * positions + j) * 3 * channels
                            + channels
                            + head * headSize;
            for (int c = 0; c < (headSize + tile - 1) / tile; c++) {
                int d = c * tile + lane;
                if (d < headSize) {
                    dQkv.set(dKeyRow + d, dKey[c]);
                    dQkv.set(dKeyRow + channels + d, dValue[c]);
                }
            }
        }
    }
}
