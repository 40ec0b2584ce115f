package io.tornadogpt.core.op;

import io.tornadogpt.core.op.Dropout.Mask;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/// Causal multi-head self-attention (Vaswani et al., 2017), softmax and dropout of the
/// probabilities included; meant to be computed without a T x T buffer (Dao et al., 2022).
///
/// @param qkv `[B, T, 3C]`: queries in columns 0 to C, then keys, then values; head h is columns
///   `h*D` to `(h+1)*D` of each
/// @param out `[B, T, C]`
/// @param lse `[B, H, T]`, log-sum-exp of each row of scaled scores, kept for the gradient
/// @param heads how the scores are made
/// @param dropout of the probabilities: row `(b*H + h)*T + i`, column j; null for none
public record Attention(Tensor qkv, Tensor out, Tensor lse, Heads heads, @Nullable Mask dropout)
        implements Op {

    /// How scores are made from queries and keys.
    ///
    /// @param count H
    /// @param scale what scores are multiplied by; `1 / sqrt(D)` in GPT-2
    /// @param window `[1]` I32: row i sees `i - window < j <= i`, or all `j <= i` if it is 0; null
    ///   for all
    public record Heads(int count, double scale, @Nullable Tensor window) {
        public Heads {
            Expect.that(count >= 1, "Attention: %d heads; expected >= 1", count);
            if (window != null) {
                Expect.elements("Attention", "window", window, 1, DType.I32);
            }
        }

        Heads map(UnaryOperator<Tensor> f) {
            return window == null ? this : new Heads(count, scale, f.apply(window));
        }
    }

    public Attention {
        check("Attention", qkv, out, lse, heads);
    }

    private static void check(String op, Tensor qkv, Tensor out, Tensor lse, Heads heads) {
        Expect.that(qkv.shape().rank() == 3, "%s: qkv is %s; expected [B, T, 3C]", op, qkv);
        int b = qkv.shape().dimension(0);
        int t = qkv.shape().dimension(1);
        int c = qkv.columns() / 3;
        Expect.that(
                qkv.columns() % 3 == 0 && c % heads.count == 0,
                "%s: qkv is %s with %d heads; expected 3 x heads x head size columns",
                op,
                qkv,
                heads.count);
        Expect.shape(op, "out", out, b, t, c);
        Expect.shape(op, "lse", lse, b, heads.count, t);
    }

    public int batch() {
        return qkv.shape().dimension(0);
    }

    public int positions() {
        return qkv.shape().dimension(1);
    }

    public int channels() {
        return out.columns();
    }

    @Override
    public List<Tensor> inputs() {
        var inputs = new ArrayList<>(List.of(qkv));
        addAttributes(inputs, heads, dropout);
        return inputs;
    }

    private static void addAttributes(List<Tensor> inputs, Heads heads, @Nullable Mask dropout) {
        if (heads.window != null) {
            inputs.add(heads.window);
        }
        if (dropout != null) {
            inputs.add(dropout.rng());
        }
    }

    @Override
    public List<Tensor> outputs() {
        return List.of(out, lse);
    }

    @Override
    public Attention map(UnaryOperator<Tensor> f) {
        return new Attention(
                f.apply(qkv),
                f.apply(out),
                f.apply(lse),
                heads.map(f),
                dropout == null ? null : dropout.map(f));
    }

    @Override
    public void appendGradient(Gradients gradients) {
        Tensor dOut = gradients.of(out);
        if (dOut != null && gradients.wanted(qkv)) {
            gradients.append(
                    new Backward(qkv, out, lse, dOut, gradients.assigned(qkv), heads, dropout));
        }
    }

    @Override
    public long flops() {
        return 4 * pairs() * channels();
    }

    /// Pairs of positions that see each other, in all sequences, where no window narrows them.
    private long pairs() {
        return (long) batch() * positions() * (positions() + 1) / 2;
    }

    /// The gradient of [Attention], probabilities recomputed from `lse`. With P the probabilities
    /// after dropout and `delta_i = sum_d dOut_id * out_id`: `dV = P^T . dOut`, `dS = scale *
    /// softmax * (dropout(dOut . V^T) - delta)`, `dQ = dS . K`, `dK = dS^T . Q`.
    ///
    /// @param dQkv `[B, T, 3C]`, assigned
    public record Backward(
            Tensor qkv,
            Tensor out,
            Tensor lse,
            Tensor dOut,
            Tensor dQkv,
            Heads heads,
            @Nullable Mask dropout)
            implements Op {
        public Backward {
            check("Attention.Backward", qkv, out, lse, heads);
            Expect.sameShape("Attention.Backward", "dOut", dOut, "out", out);
            Expect.sameShape("Attention.Backward", "dQkv", dQkv, "qkv", qkv);
        }

        public int batch() {
            return qkv.shape().dimension(0);
        }

        public int positions() {
            return qkv.shape().dimension(1);
        }

        public int channels() {
            return out.columns();
        }

        @Override
        public List<Tensor> inputs() {
            var inputs = new ArrayList<>(List.of(qkv, out, lse, dOut));
            addAttributes(inputs, heads, dropout);
            return inputs;
        }

        @Override
        public List<Tensor> outputs() {
            return List.of(dQkv);
        }

        @Override
        public Backward map(UnaryOperator<Tensor> f) {
            return new Backward(
                    f.apply(qkv),
                    f.apply(out),
                    f.apply(lse),
                    f.apply(dOut),
                    f.apply(dQkv),
                    heads.map(f),
                    dropout == null ? null : dropout.map(f));
        }

        @Override
        public long flops() {
            return 10L * batch() * positions() * (positions() + 1) / 2 * channels();
        }
    }
}
