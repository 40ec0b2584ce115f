package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/// Causal attention of new positions to everything before them, whose keys and values are kept.
/// Each row first stores its key and value at its position; then every row at position p sees the
/// cached positions 0 to p. Inference only.
///
/// @param qkv `[B, T, 3C]`, as in [Attention], of T new positions a sequence
/// @param keyCache `[B, H, S, D]` for S positions; read and written
/// @param valueCache as `keyCache`
/// @param positions `[B, T]` I32, each at least 0 and below S
/// @param out `[B, T, C]`
/// @param heads how the scores are made
public record CachedAttention(
        Tensor qkv,
        Tensor keyCache,
        Tensor valueCache,
        Tensor positions,
        Tensor out,
        Attention.Heads heads)
        implements Op {
    public CachedAttention {
        Expect.that(
                qkv.shape().rank() == 3 && qkv.columns() % (3 * heads.count()) == 0,
                "CachedAttention: qkv is %s with %d heads; expected [B, T, 3 x heads x head size]",
                qkv,
                heads.count());
        int b = qkv.shape().dimension(0);
        int t = qkv.shape().dimension(1);
        int c = qkv.columns() / 3;
        Expect.that(
                keyCache.shape().rank() == 4,
                "CachedAttention: keyCache is %s; expected [B, H, S, D]",
                keyCache);
        int s = keyCache.shape().dimension(2);
        Expect.shape(
                "CachedAttention", "keyCache", keyCache, b, heads.count(), s, c / heads.count());
        Expect.sameShape("CachedAttention", "valueCache", valueCache, "keyCache", keyCache);
        Expect.elements("CachedAttention", "positions", positions, (long) b * t, DType.I32);
        Expect.shape("CachedAttention", "out", out, b, t, c);
    }

    public int batch() {
        return qkv.shape().dimension(0);
    }

    /// T, new positions a sequence.
    public int positionsPerRun() {
        return qkv.shape().dimension(1);
    }

    /// S, positions the caches hold.
    public int capacity() {
        return keyCache.shape().dimension(2);
    }

    public int channels() {
        return out.columns();
    }

    @Override
    public List<Tensor> inputs() {
        var inputs = new ArrayList<>(List.of(qkv, keyCache, valueCache, positions));
        if (heads.window() != null) {
            inputs.add(heads.window());
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
                f.apply(qkv),
                f.apply(keyCache),
                f.apply(valueCache),
                f.apply(positions),
                f.apply(out),
                heads.map(f));
    }

    @Override
    public long flops() {
        return 4L * batch() * positionsPerRun() * capacity() * channels();
    }
}
