package io.tornadogpt.core.testing;

import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.op.Attention.Columns;
import io.tornadogpt.core.op.Attention.Heads;
import io.tornadogpt.core.op.Attention.View;
import io.tornadogpt.core.op.CachedAttention;
import io.tornadogpt.core.op.Dropout;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/// Attention: whole sequences and, with kept keys and values, pieces of them.
final class AttentionCases {
    /// No window tensor at all, rather than one that holds a number.
    private static final int NO_WINDOW = -1;

    /// B, T, H, D.
    private static final int[][] SIZES = {
        {1, 1, 1, 1},
        {1, 2, 1, 2},
        {2, 3, 2, 1},
        {1, 7, 3, 5},
        {2, 8, 2, 8},
        {1, 15, 2, 16},
        {2, 16, 1, 16},
        {1, 17, 2, 33},
        {1, 31, 2, 7},
        {2, 33, 3, 8},
        {1, 63, 1, 64},
        {1, 64, 2, 32},
        {1, 65, 2, 64},
        {1, 100, 1, 15},
        {1, 127, 2, 16},
        {1, 129, 1, 24},
        {2, 128, 6, 64},
        {1, 200, 1, 128}
    };

    /// Query heads and key-value heads.
    private static final int[][] GROUPS = {{4, 1}, {4, 2}, {6, 2}, {3, 3}};

    /// B, T, S, H, D and the first new position of sequence 0; sequence b starts b later.
    private static final int[][] CACHED_SIZES = {
        {1, 1, 1, 1, 1, 0},
        {1, 1, 7, 1, 2, 6},
        {2, 3, 8, 2, 1, 0},
        {3, 1, 17, 2, 5, 9},
        {1, 7, 16, 3, 8, 0},
        {2, 8, 31, 2, 16, 15},
        {1, 16, 16, 1, 33, 0},
        {1, 17, 65, 2, 7, 33},
        {2, 1, 129, 2, 64, 120},
        {1, 1, 128, 6, 64, 127},
        {1, 63, 100, 1, 24, 31},
        {1, 64, 256, 2, 32, 100},
        {4, 1, 64, 3, 15, 0}
    };

    private static final int[] ODD = {2, 33, 3, 8};

    private final List<OpCase> cases = new ArrayList<>();

    /// Of the caches that are made next.
    private DType cacheType = DType.F32;

    /// One kind of attention.
    ///
    /// @param size B, T, H, D
    /// @param keyValueHeads KV
    /// @param fused whether queries, keys and values are columns of one tensor
    /// @param spans first and end of what each row sees; empty for all
    private record Kind(
            int[] size,
            int keyValueHeads,
            boolean fused,
            boolean causal,
            int window,
            double cap,
            boolean biased,
            Values.@Nullable Given spans,
            double dropout,
            String name) {
        static Kind of(int... size) {
            return new Kind(size, size[2], true, true, NO_WINDOW, 0, false, null, 0, "");
        }

        Kind window(int newWindow) {
            return new Kind(
                    size,
                    keyValueHeads,
                    fused,
                    causal,
                    newWindow,
                    cap,
                    biased,
                    spans,
                    dropout,
                    name);
        }

        Kind dropout(double newDropout) {
            return new Kind(
                    size,
                    keyValueHeads,
                    fused,
                    causal,
                    window,
                    cap,
                    biased,
                    spans,
                    newDropout,
                    name);
        }

        Kind keyValueHeads(int newCount) {
            return new Kind(
                    size, newCount, fused, causal, window, cap, biased, spans, dropout, name);
        }

        Kind apart() {
            return new Kind(
                    size, keyValueHeads, false, causal, window, cap, biased, spans, dropout, name);
        }

        Kind full() {
            return new Kind(
                    size, keyValueHeads, fused, false, window, cap, biased, spans, dropout, name);
        }

        Kind cap(double newCap) {
            return new Kind(
                    size,
                    keyValueHeads,
                    fused,
                    causal,
                    window,
                    newCap,
                    biased,
                    spans,
                    dropout,
                    name);
        }

        Kind withBiases() {
            return new Kind(
                    size, keyValueHeads, fused, causal, window, cap, true, spans, dropout, name);
        }

        /// Sequences of some lengths, padded, or packed one behind the other.
        Kind spans(String what, double... firstAndEnd) {
            return new Kind(
                    size,
                    keyValueHeads,
                    fused,
                    causal,
                    window,
                    cap,
                    biased,
                    (Values.Given) Values.of(firstAndEnd),
                    dropout,
                    " " + what);
        }

        String variant() {
            return "b=%d t=%d h=%d d=%d%s%s%s%s%s%s%s%s"
                    .formatted(
                            size[0],
                            size[1],
                            size[2],
                            size[3],
                            keyValueHeads == size[2] ? "" : " kv=" + keyValueHeads,
                            fused ? "" : " apart",
                            causal ? "" : " full",
                            window == NO_WINDOW ? "" : " window=" + window,
                            cap == 0 ? "" : " cap=" + cap,
                            biased ? " biases" : "",
                            name,
                            dropout > 0 ? " p=" + dropout : "");
        }
    }

    static List<OpCase> all() {
        var list = new AttentionCases();
        for (int[] size : SIZES) {
            list.attention(Kind.of(size));
            list.attention(Kind.of(size).full());
        }
        for (int window : new int[] {0, 1, 2, 7, 32, 33, 1000}) {
            list.attention(Kind.of(ODD).window(window));
            list.attention(Kind.of(ODD).full().window(window));
        }
        for (int[] size : new int[][] {{1, 1, 1, 1}, {2, 5, 3, 4}, ODD, {1, 65, 2, 64}}) {
            list.attention(Kind.of(size).dropout(0.2));
        }
        list.attention(Kind.of(ODD).window(8).dropout(0.5));
        list.attention(Kind.of(1, 130, 1, 16).window(64));
        list.attention(Kind.of(1, 130, 1, 16).full().window(17));
        list.groups();
        list.attention(Kind.of(ODD).apart());
        list.attention(Kind.of(ODD).cap(1.5));
        list.attention(Kind.of(ODD).full().cap(50).apart());
        list.attention(Kind.of(ODD).withBiases());
        list.attention(Kind.of(1, 65, 4, 16).withBiases().keyValueHeads(1));
        list.attention(Kind.of(2, 17, 2, 16).full().withBiases());
        list.attention(Kind.of(1, 130, 12, 8).withBiases().window(40).cap(2).dropout(0.2));
        list.spans();
        for (int[] size : CACHED_SIZES) {
            list.cached(Kind.of(size[0], size[1], size[3], size[4]), size[2], size[5]);
        }
        var cached = Kind.of(2, 8, 2, 16);
        for (int window : new int[] {0, 1, 5, 64}) {
            list.cached(cached.window(window), 31, 15);
        }
        for (int[] heads : GROUPS) {
            list.cached(Kind.of(2, 3, heads[0], 8).keyValueHeads(heads[1]).apart(), 19, 9);
        }
        list.cached(Kind.of(1, 1, 8, 64).keyValueHeads(2).apart(), 100, 99);
        list.cached(cached.cap(2), 31, 15);
        list.cached(cached.withBiases().keyValueHeads(1), 31, 15);
        list.cached(Kind.of(2, 1, 12, 8).withBiases().window(20).keyValueHeads(4), 150, 99);
        var few = Kind.of(1, 4, 2, 8);
        list.cached(few, 16, "positions=3,9,5,12", 1, Values.of(0), 3, 9, 5, 12);
        var batch = Kind.of(3, 2, 2, 8);
        list.cached(batch, 16, "slots=4,0,2", 5, Values.of(4, 0, 2), 0, 1, 14, 15, 7, 8);
        list.cached(batch, 16, "idle rows", 3, Values.of(2, 1, 0), -1, -1, 4, -1, 7, 8);
        list.roundedCaches();
        return list.cases;
    }

    /// Keys and values of fewer bits: one row and several, heads of one block and two, or off every
    /// vector.
    private void roundedCaches() {
        for (DType type : List.of(DType.BF16, DType.Q8_0)) {
            cacheType = type;
            int d = type.blockElements();
            cached(Kind.of(1, 1, 1, d), 1, 0);
            cached(Kind.of(3, 1, 2, 32), 17, 9);
            cached(Kind.of(2, 1, 2, 64), 129, 120);
            cached(Kind.of(1, 7, 3, type == DType.BF16 ? 33 : 96), 16, 2);
            cached(Kind.of(1, 17, 2, 32), 65, 33);
            cached(Kind.of(2, 8, 2, 32).window(5), 31, 15);
            cached(Kind.of(2, 3, 4, 32).keyValueHeads(2).apart(), 19, 9);
            cached(Kind.of(2, 1, 12, 32).withBiases().window(20).keyValueHeads(4), 150, 99);
            var batch = Kind.of(3, 2, 2, 32);
            cached(batch, 16, "slots=4,0,2", 5, Values.of(4, 0, 2), 0, 1, 14, 15, 7, 8);
            cached(batch, 16, "idle rows", 3, Values.of(2, 1, 0), -1, -1, 4, -1, 7, 8);
        }
        cacheType = DType.F32;
    }

    private void groups() {
        for (int[] heads : GROUPS) {
            for (int d : new int[] {8, 33}) {
                attention(Kind.of(2, 17, heads[0], d).keyValueHeads(heads[1]));
                attention(Kind.of(2, 17, heads[0], d).keyValueHeads(heads[1]).apart());
            }
        }
        attention(Kind.of(1, 130, 8, 64).keyValueHeads(2).apart());
        attention(Kind.of(1, 65, 8, 16).keyValueHeads(2).apart().window(9).dropout(0.2));
        attention(Kind.of(1, 33, 4, 16).keyValueHeads(2).full().cap(3).apart());
    }

    private void spans() {
        double[] padded = spans(33, new int[][] {{33}, {20}});
        double[] packed = spans(33, new int[][] {{1, 7, 25}, {16, 10}});
        double[] none = spans(33, new int[][] {{}, {33}});
        for (Kind kind : List.of(Kind.of(ODD), Kind.of(ODD).full(), Kind.of(ODD).apart())) {
            attention(kind.spans("padded", padded));
            attention(kind.spans("packed", packed));
            attention(kind.spans("empty", none));
        }
        attention(Kind.of(ODD).full().window(5).spans("packed", packed));
        attention(Kind.of(ODD).withBiases().spans("packed", packed));
        attention(Kind.of(ODD).withBiases().spans("empty", none));
        attention(Kind.of(ODD).window(5).dropout(0.2).spans("padded", padded));
        double[] pieces = spans(200, new int[][] {{63, 1, 70, 40}});
        attention(Kind.of(1, 200, 4, 16).keyValueHeads(2).apart().spans("packed", pieces));
        attention(Kind.of(1, 200, 2, 64).full().spans("packed", pieces));
    }

    /// What the rows of sequences see that lie one behind the other, padding behind them.
    ///
    /// @param positions of a row of the batch
    /// @param lengths of the sequences in each row of the batch
    private static double[] spans(int positions, int[][] lengths) {
        var spans = new double[2 * positions * lengths.length];
        for (int b = 0; b < lengths.length; b++) {
            int start = 0;
            for (int length : lengths[b]) {
                for (int i = start; i < start + length; i++) {
                    spans[2 * (b * positions + i)] = start;
                    spans[2 * (b * positions + i) + 1] = start + length;
                }
                start += length;
            }
        }
        return spans;
    }

    private void attention(Kind kind) {
        var operands = new Operands();
        int b = kind.size[0];
        int t = kind.size[1];
        int h = kind.size[2];
        int width = h * kind.size[3];
        Heads heads = heads(operands, kind, b, t);
        View view = view(operands, kind);
        Columns[] vectors = vectors(operands, kind, heads, "", true);
        Dropout.@Nullable Mask mask =
                kind.dropout > 0 ? new Dropout.Mask(kind.dropout, operands.rng(), 1) : null;
        var forward =
                new Attention(
                        vectors[0],
                        vectors[1],
                        vectors[2],
                        operands.output("out", b, t, width),
                        operands.output("lse", b, h, t),
                        heads,
                        view,
                        mask);
        cases.add(operands.of(kind.variant(), forward));
        Columns[] gradients = vectors(operands, kind, heads, "d", false);
        var backward =
                new Attention.Backward(
                        vectors[0],
                        vectors[1],
                        vectors[2],
                        forward.out(),
                        forward.lse(),
                        operands.input("dOut", b, t, width),
                        gradients[0],
                        gradients[1],
                        gradients[2],
                        heads,
                        view,
                        mask);
        cases.add(operands.of(kind.variant(), backward, forward));
    }

    /// Queries, keys and values, or their gradients.
    private static Columns[] vectors(
            Operands operands, Kind kind, Heads heads, String prefix, boolean input) {
        int b = kind.size[0];
        int t = kind.size[1];
        int kv = heads.keyValueWidth();
        if (kind.fused) {
            Tensor all = vectors(operands, prefix + "qkv", input, b, t, heads.width() + 2 * kv);
            return new Columns[] {
                new Columns(all, 0),
                new Columns(all, heads.width()),
                new Columns(all, heads.width() + kv)
            };
        }
        return new Columns[] {
            new Columns(vectors(operands, prefix + "q", input, b, t, heads.width()), 0),
            new Columns(vectors(operands, prefix + "k", input, b, t, kv), 0),
            new Columns(vectors(operands, prefix + "v", input, b, t, kv), 0)
        };
    }

    private static Tensor vectors(Operands operands, String name, boolean input, int... sizes) {
        return input ? operands.input(name, sizes) : operands.output(name, sizes);
    }

    /// @param rows and positions that have biases
    private static Heads heads(Operands operands, Kind kind, int rows, int positions) {
        int h = kind.size[2];
        int d = kind.size[3];
        @Nullable Tensor biases = kind.biased ? operands.input("biases", rows, positions, h) : null;
        return new Heads(h, kind.keyValueHeads, d, 1 / Math.sqrt(d), kind.cap, biases);
    }

    private static View view(Operands operands, Kind kind) {
        @Nullable Tensor window =
                kind.window == NO_WINDOW
                        ? null
                        : operands.integers("window", Values.of(kind.window), 1);
        @Nullable Tensor spans =
                kind.spans == null
                        ? null
                        : operands.integers("spans", kind.spans, kind.size[0], kind.size[1], 2);
        return new View(kind.causal, window, spans);
    }

    private void cached(Kind kind, int capacity, int start) {
        int b = kind.size[0];
        int t = kind.size[1];
        double[] positions =
                DoubleStream.iterate(0, i -> i < b * t, i -> i + 1)
                        .map(i -> Math.min(capacity - t, start + Math.floor(i / t)) + i % t)
                        .toArray();
        double[] slots = DoubleStream.iterate(0, i -> i < b, i -> i + 1).toArray();
        cached(kind, capacity, "start=" + start, b, Values.of(slots), positions);
    }

    /// New tokens may come in any order, as a prompt does that is filled in.
    private void cached(
            Kind kind, int capacity, String where, int count, Values slots, double... positions) {
        var operands = new Operands();
        int b = kind.size[0];
        int t = kind.size[1];
        int d = kind.size[3];
        Heads heads = heads(operands, kind, 1, capacity);
        Columns[] vectors = vectors(operands, kind, heads, "", true);
        int[] cache = {count, kind.keyValueHeads, capacity, d};
        var op =
                new CachedAttention(
                        vectors[0],
                        vectors[1],
                        vectors[2],
                        operands.state("keyCache", cacheType, Role.CACHE, Values.normal(), cache),
                        operands.state("valueCache", cacheType, Role.CACHE, Values.normal(), cache),
                        operands.integers("slots", slots, b),
                        operands.integers("positions", Values.of(positions), b, t),
                        operands.output("out", b, t, heads.width()),
                        heads,
                        view(operands, kind));
        String name = "s=%d %s %s".formatted(capacity, where, kind.variant());
        cases.add(operands.of(cacheType == DType.F32 ? name : name + " cache=" + cacheType, op));
    }
}
