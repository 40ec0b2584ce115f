package io.tornadogpt.core.op;

import io.tornadogpt.core.op.Dropout.Mask;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.SequencedSet;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/// Multi-head self-attention (Vaswani et al., 2017), softmax and dropout of the probabilities
/// included; meant to be computed without a T x T buffer (Dao et al., 2022).
///
/// Queries have H heads, keys and values KV, which divides H: query head h looks at key head `h /
/// (H / KV)` (Ainslie et al., "GQA", 2023). Each of the three lies in columns of its own, of one
/// tensor or of three.
///
/// ```
/// s[i, j] = cap(scale * q[i] . k[j]) + scale * (bias[j] - bias[i])     where i sees j
/// out[i]  = sum over j of dropout(softmax(s[i])[j]) * v[j]
/// ```
///
/// @param queries `[B, T, ..]`, H x D columns of them
/// @param keys `[B, T, ..]`, KV x D columns of them
/// @param values as `keys`
/// @param out `[B, T, H x D]`; zeros for a row that sees nothing
/// @param lse `[B, H, T]`, log-sum-exp of each row of scores, kept for the gradient; 0 for a row
///   that sees nothing
/// @param heads how many there are, and how scores are made
/// @param view which positions see each other
/// @param dropout of the probabilities: row `(b*H + h)*T + i`, column j; null for none
public record Attention(
        Columns queries,
        Columns keys,
        Columns values,
        Tensor out,
        Tensor lse,
        Heads heads,
        View view,
        @Nullable Mask dropout)
        implements Op {

    /// Some columns of a tensor, beginning with one of them.
    ///
    /// @param tensor `[B, T, ..]`
    /// @param first column
    public record Columns(Tensor tensor, int first) {
        Columns map(UnaryOperator<Tensor> f) {
            return new Columns(f.apply(tensor), first);
        }

        /// Elements from one row to the next.
        public int stride() {
            return tensor.columns();
        }
    }

    /// How many heads there are, and how scores are made from queries and keys.
    ///
    /// @param count H, heads of the queries
    /// @param keyValueCount KV, heads of keys and values; divides H
    /// @param size D, elements of a head
    /// @param scale what scores are multiplied by; `1 / sqrt(D)` in most models
    /// @param cap scores become `cap * tanh(score / cap)`; 0 for no cap
    /// @param biases F32, a number for each position and head, `[B, T, H]`, or `[S, H]` in
    ///   [CachedAttention]: how much more a position is looked at than others, before `scale`. Only
    ///   differences count. With a slope times the position it is the bias that is linear in the
    ///   distance (Press et al., "ALiBi", 2021). Null for none
    public record Heads(
            int count,
            int keyValueCount,
            int size,
            double scale,
            double cap,
            @Nullable Tensor biases) {
        public Heads {
            Expect.that(
                    count >= 1 && keyValueCount >= 1 && size >= 1 && count % keyValueCount == 0,
                    "Attention: %d heads and %d key-value heads of %d elements; expected numbers of"
                            + " at least 1, the second a divisor of the first",
                    count,
                    keyValueCount,
                    size);
            Expect.that(
                    cap >= 0 && Double.isFinite(cap),
                    "Attention: cap of scores is %s; expected 0 (off) or a finite number above it",
                    cap);
        }

        /// As many key-value heads as heads, no cap, no biases.
        public Heads(int count, int size, double scale) {
            this(count, count, size, scale, 0, null);
        }

        /// Columns of the queries and of the result: H x D.
        public int width() {
            return count * size;
        }

        /// Columns of the keys, and of the values: KV x D.
        public int keyValueWidth() {
            return keyValueCount * size;
        }

        /// The queries in a tensor that has all queries, then all keys, then all values of a row.
        public Columns queries(Tensor qkv) {
            return new Columns(qkv, 0);
        }

        /// The keys in such a tensor.
        public Columns keys(Tensor qkv) {
            return new Columns(qkv, width());
        }

        /// The values in such a tensor.
        public Columns values(Tensor qkv) {
            return new Columns(qkv, width() + keyValueWidth());
        }

        Heads map(UnaryOperator<Tensor> f) {
            return biases == null ? this : withBiases(f.apply(biases));
        }

        /// The same heads with other biases.
        public Heads withBiases(@Nullable Tensor others) {
            return new Heads(count, keyValueCount, size, scale, cap, others);
        }

        /// Refuses biases of another size.
        void checkBiases(String op, long positions) {
            if (biases != null) {
                Expect.elements(op, "biases", biases, positions * count, DType.F32);
            }
        }
    }

    /// Which positions see each other: row i sees the positions j of one interval, the common part
    /// of what each component allows.
    ///
    /// @param causal whether only `j <= i` are seen
    /// @param window `[1]` I32, w: only `i - w < j < i + w` are seen, or all if w is 0; null for
    ///   all
    /// @param spans `[B, T, 2]` I32: row i of sequence b sees only `spans[b, i, 0] <= j < spans[b,
    ///   i, 1]`, from 0 to T; null for all. In packed sequences it is where the row's own sequence
    ///   begins and ends, in a padded one 0 and its length, and 0, 0 for a row of padding. Neither
    ///   border falls from one row to the next but to 0, 0
    public record View(boolean causal, @Nullable Tensor window, @Nullable Tensor spans) {
        /// Each position sees itself and all before it.
        public static final View CAUSAL = new View(true, null, null);

        /// Each position sees all.
        public static final View FULL = new View(false, null, null);

        public View {
            if (window != null) {
                Expect.elements("Attention", "window", window, 1, DType.I32);
            }
            if (spans != null) {
                Expect.type("Attention", "spans", spans, DType.I32);
            }
        }

        View map(UnaryOperator<Tensor> f) {
            return new View(
                    causal,
                    window == null ? null : f.apply(window),
                    spans == null ? null : f.apply(spans));
        }
    }

    public Attention {
        check("Attention", queries, keys, values, heads, view);
        int b = queries.tensor.shape().dimension(0);
        int t = queries.tensor.shape().dimension(1);
        heads.checkBiases("Attention", (long) b * t);
        Expect.shape("Attention", "out", out, b, t, heads.width());
        Expect.shape("Attention", "lse", lse, b, heads.count, t);
    }

    /// Causal attention of heads whose queries, keys and values lie in that order in the columns of
    /// one tensor, as in GPT-2.
    ///
    /// @param qkv `[B, T, 3 x H x D]`
    public Attention(Tensor qkv, Tensor out, Tensor lse, Heads heads, @Nullable Mask dropout) {
        this(
                heads.queries(qkv),
                heads.keys(qkv),
                heads.values(qkv),
                out,
                lse,
                heads,
                View.CAUSAL,
                dropout);
    }

    static void check(
            String op, Columns queries, Columns keys, Columns values, Heads heads, View view) {
        Tensor q = queries.tensor;
        Expect.that(q.shape().rank() == 3, "%s: queries are %s; expected [B, T, C]", op, q);
        int b = q.shape().dimension(0);
        int t = q.shape().dimension(1);
        check(op, "queries", queries, heads.width(), b, t);
        check(op, "keys", keys, heads.keyValueWidth(), b, t);
        check(op, "values", values, heads.keyValueWidth(), b, t);
        if (view.spans != null) {
            Expect.elements(op, "spans", view.spans, 2L * b * t, DType.I32);
        }
    }

    private static void check(
            String op, String argument, Columns columns, int width, int batch, int positions) {
        Tensor tensor = columns.tensor;
        Expect.that(
                columns.first >= 0 && columns.first + width <= tensor.columns(),
                "%s: %s are columns %d to %d of %s, which has fewer",
                op,
                argument,
                columns.first,
                columns.first + width - 1,
                tensor);
        Expect.shape(op, argument, tensor, batch, positions, tensor.columns());
    }

    public int batch() {
        return out.shape().dimension(0);
    }

    public int positions() {
        return out.shape().dimension(1);
    }

    @Override
    public List<Tensor> inputs() {
        return inputs(Stream.of(queries.tensor, keys.tensor, values.tensor), heads, view, dropout);
    }

    /// Each tensor once, and what scores and dropout depend on behind it.
    private static List<Tensor> inputs(
            Stream<Tensor> tensors, Heads heads, View view, @Nullable Mask dropout) {
        var inputs = new ArrayList<>(tensors.distinct().toList());
        Stream.of(heads.biases, view.window, view.spans)
                .filter(Objects::nonNull)
                .forEach(inputs::add);
        if (dropout != null) {
            inputs.add(dropout.rng());
        }
        return inputs;
    }

    @Override
    public List<Tensor> outputs() {
        return List.of(out, lse);
    }

    @Override
    public Attention map(UnaryOperator<Tensor> f) {
        return new Attention(
                queries.map(f),
                keys.map(f),
                values.map(f),
                f.apply(out),
                f.apply(lse),
                heads.map(f),
                view.map(f),
                dropout == null ? null : dropout.map(f));
    }

    @Override
    public void appendGradient(Gradients gradients) {
        Tensor dOut = gradients.of(out);
        SequencedSet<Tensor> tensors = new LinkedHashSet<>();
        Stream.of(queries, keys, values).map(Columns::tensor).forEach(tensors::add);
        if (dOut == null || tensors.stream().noneMatch(gradients::wanted)) {
            return;
        }
        List<Tensor> originals = List.copyOf(tensors);
        List<Tensor> targets = originals.stream().map(gradients::assigned).toList();
        UnaryOperator<Tensor> gradient = t -> targets.get(originals.indexOf(t));
        gradients.append(
                new Backward(
                        queries,
                        keys,
                        values,
                        out,
                        lse,
                        dOut,
                        queries.map(gradient),
                        keys.map(gradient),
                        values.map(gradient),
                        heads,
                        view,
                        dropout));
    }

    @Override
    public long flops() {
        return 4 * pairs(batch(), positions(), view) * heads.width();
    }

    /// Pairs of positions that see each other, in all sequences, where no window or span narrows
    /// them.
    private static long pairs(int batch, int positions, View view) {
        long square = (long) batch * positions * positions;
        return view.causal ? (square + (long) batch * positions) / 2 : square;
    }

    /// The gradient of [Attention], probabilities recomputed from `lse`. With P the probabilities
    /// before dropout and `delta[i] = dOut[i] . out[i]`:
    ///
    /// ```
    /// dV    = dropout(P)^T . dOut
    /// dS    = P * (dropout(dOut . V^T) - delta)
    /// dQ    = scale * cap'(S) * dS . K
    /// dK    = scale * (cap'(S) * dS)^T . Q          summed over the heads that share a key head
    /// ```
    ///
    /// with `cap'(S) = 1 - (capped / cap)^2`, or 1 without a cap.
    ///
    /// @param dQueries assigned, as `queries`; the three gradients cover all columns of their
    ///   tensors
    public record Backward(
            Columns queries,
            Columns keys,
            Columns values,
            Tensor out,
            Tensor lse,
            Tensor dOut,
            Columns dQueries,
            Columns dKeys,
            Columns dValues,
            Heads heads,
            View view,
            @Nullable Mask dropout)
            implements Op {
        /// The gradient of causal attention whose queries, keys and values lie in one tensor.
        ///
        /// @param dQkv as `qkv`
        public Backward(
                Tensor qkv,
                Tensor out,
                Tensor lse,
                Tensor dOut,
                Tensor dQkv,
                Heads heads,
                @Nullable Mask dropout) {
            this(
                    heads.queries(qkv),
                    heads.keys(qkv),
                    heads.values(qkv),
                    out,
                    lse,
                    dOut,
                    heads.queries(dQkv),
                    heads.keys(dQkv),
                    heads.values(dQkv),
                    heads,
                    View.CAUSAL,
                    dropout);
        }

        public Backward {
            String op = "Attention.Backward";
            check(op, queries, keys, values, heads, view);
            check(op, dQueries, dKeys, dValues, heads, view);
            int b = queries.tensor.shape().dimension(0);
            int t = queries.tensor.shape().dimension(1);
            heads.checkBiases(op, (long) b * t);
            Expect.shape(op, "out", out, b, t, heads.width());
            Expect.shape(op, "lse", lse, b, heads.count, t);
            Expect.sameShape(op, "dOut", dOut, "out", out);
            int columns =
                    Stream.of(dQueries, dKeys, dValues)
                            .map(Columns::tensor)
                            .distinct()
                            .mapToInt(Tensor::columns)
                            .sum();
            Expect.that(
                    columns == heads.width() + 2 * heads.keyValueWidth(),
                    "%s: gradients of queries, keys and values have %d columns; expected %d",
                    op,
                    columns,
                    heads.width() + 2 * heads.keyValueWidth());
        }

        public int batch() {
            return out.shape().dimension(0);
        }

        public int positions() {
            return out.shape().dimension(1);
        }

        @Override
        public List<Tensor> inputs() {
            return Attention.inputs(
                    Stream.of(queries.tensor, keys.tensor, values.tensor, out, lse, dOut),
                    heads,
                    view,
                    dropout);
        }

        @Override
        public List<Tensor> outputs() {
            return Stream.of(dQueries, dKeys, dValues).map(Columns::tensor).distinct().toList();
        }

        @Override
        public Backward map(UnaryOperator<Tensor> f) {
            return new Backward(
                    queries.map(f),
                    keys.map(f),
                    values.map(f),
                    f.apply(out),
                    f.apply(lse),
                    f.apply(dOut),
                    dQueries.map(f),
                    dKeys.map(f),
                    dValues.map(f),
                    heads.map(f),
                    view.map(f),
                    dropout == null ? null : dropout.map(f));
        }

        @Override
        public long flops() {
            return 10 * pairs(batch(), positions(), view) * heads.width();
        }
    }
}
