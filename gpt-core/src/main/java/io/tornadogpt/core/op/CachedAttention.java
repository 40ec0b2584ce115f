package io.tornadogpt.core.op;

import io.tornadogpt.core.op.Attention.Columns;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/// Causal attention of new positions to everything before them, whose keys and values are kept in a
/// cache. The cache has slots, one for each sequence that is being generated; row b of the batch
/// works in slot `slots[b]`, at positions of its own. So sequences of one batch may be of different
/// lengths, and one may begin while others go on.
///
/// Each row first stores its key and value at its position in its slot; then every row at position
/// p sees the cached positions 0 to p of its slot. Inference only.
///
/// Caches of BF16 or Q8_0 hold rounded keys and values, and rows see these, their own included:
/// what a row gets does not depend on which rows were stored with it. A block of Q8_0 in which a
/// number is not finite, or too large for its scale, becomes NaN.
///
/// @param queries `[B, T, ..]`, as in [Attention], of T new positions a sequence
/// @param keys as in [Attention]
/// @param values as `keys`
/// @param keyCache `[N, KV, S, D]`: N slots of S positions; read and written; F32, BF16 or, where
///   blocks of 32 divide D, Q8_0
/// @param valueCache as `keyCache`
/// @param slots `[B]` I32, each at least 0 and below N, no two the same
/// @param positions `[B, T]` I32, each below S; a row whose position is negative stores nothing and
///   its result is zeros
/// @param out `[B, T, H x D]`
/// @param heads how many there are, and how scores are made
/// @param view causal and without spans
public record CachedAttention(
        Columns queries,
        Columns keys,
        Columns values,
        Tensor keyCache,
        Tensor valueCache,
        Tensor slots,
        Tensor positions,
        Tensor out,
        Attention.Heads heads,
        Attention.View view)
        implements Op {
    public CachedAttention {
        String op = "CachedAttention";
        Attention.check(op, queries, keys, values, heads, view);
        int b = queries.tensor().shape().dimension(0);
        int t = queries.tensor().shape().dimension(1);
        Expect.that(
                view.causal() && view.spans() == null,
                "%s: the view is %s; expected a causal one without spans",
                op,
                view);
        Expect.that(
                keyCache.shape().rank() == 4,
                "%s: keyCache is %s; expected [N, KV, S, D]",
                op,
                keyCache);
        int n = keyCache.shape().dimension(0);
        int s = keyCache.shape().dimension(2);
        heads.checkBiases(op, s);
        Expect.cache(op, "keyCache", keyCache, n, heads.keyValueCount(), s, heads.size());
        Expect.sameShape(op, "valueCache", valueCache, "keyCache", keyCache);
        Expect.elements(op, "slots", slots, b, DType.I32);
        Expect.elements(op, "positions", positions, (long) b * t, DType.I32);
        Expect.shape(op, "out", out, b, t, heads.width());
    }

    public int batch() {
        return out.shape().dimension(0);
    }

    /// T, new positions a sequence.
    public int positionsPerRun() {
        return out.shape().dimension(1);
    }

    /// N, sequences the caches hold.
    public int slotCount() {
        return keyCache.shape().dimension(0);
    }

    /// S, positions the caches hold of each sequence.
    public int capacity() {
        return keyCache.shape().dimension(2);
    }

    @Override
    public List<Tensor> inputs() {
        var inputs =
                new ArrayList<>(
                        Stream.of(queries.tensor(), keys.tensor(), values.tensor())
                                .distinct()
                                .toList());
        inputs.addAll(List.of(keyCache, valueCache, slots, positions));
        if (heads.biases() != null) {
            inputs.add(heads.biases());
        }
        if (view.window() != null) {
            inputs.add(view.window());
        }
        return inputs;
    }

    @Override
    public List<Tensor> outputs() {
        return List.of(out, keyCache, valueCache);
    }

    @Override
    public CachedAttention map(UnaryOperator<Tensor> f) {
        return new CachedAttention(
                queries.map(f),
                keys.map(f),
                values.map(f),
                f.apply(keyCache),
                f.apply(valueCache),
                f.apply(slots),
                f.apply(positions),
                f.apply(out),
                heads.map(f),
                view.map(f));
    }

    @Override
    public long flops() {
        return 4L * batch() * positionsPerRun() * capacity() * heads.width();
    }
}
