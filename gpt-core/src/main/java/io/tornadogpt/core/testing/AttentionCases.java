package io.tornadogpt.core.testing;

import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.op.CachedAttention;
import io.tornadogpt.core.op.Dropout;
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

    private final List<OpCase> cases = new ArrayList<>();

    static List<OpCase> all() {
        var list = new AttentionCases();
        for (int[] size : SIZES) {
            list.attention(size, NO_WINDOW, 0);
        }
        int[] odd = {2, 33, 3, 8};
        for (int window : new int[] {0, 1, 2, 7, 32, 33, 1000}) {
            list.attention(odd, window, 0);
        }
        for (int[] size : new int[][] {{1, 1, 1, 1}, {2, 5, 3, 4}, odd, {1, 65, 2, 64}}) {
            list.attention(size, NO_WINDOW, 0.2);
        }
        list.attention(odd, 8, 0.5);
        list.attention(new int[] {1, 130, 1, 16}, 64, 0);
        for (int[] size : CACHED_SIZES) {
            list.cached(size, NO_WINDOW);
        }
        for (int window : new int[] {0, 1, 5, 64}) {
            list.cached(new int[] {2, 8, 31, 2, 16, 15}, window);
        }
        list.cached(new int[] {1, 4, 16, 2, 8}, "positions=3,9,5,12", NO_WINDOW, 3, 9, 5, 12);
        return list.cases;
    }

    private void attention(int[] size, int window, double dropout) {
        var operands = new Operands();
        int b = size[0];
        int t = size[1];
        int h = size[2];
        int c = h * size[3];
        var heads = heads(operands, h, size[3], window);
        Dropout.@Nullable Mask mask =
                dropout > 0 ? new Dropout.Mask(dropout, operands.rng(), 1) : null;
        var forward =
                new Attention(
                        operands.input("qkv", b, t, 3 * c),
                        operands.output("out", b, t, c),
                        operands.output("lse", b, h, t),
                        heads,
                        mask);
        String variant =
                "b=%d t=%d h=%d d=%d%s%s"
                        .formatted(
                                b,
                                t,
                                h,
                                size[3],
                                window == NO_WINDOW ? "" : " window=" + window,
                                dropout > 0 ? " p=" + dropout : "");
        cases.add(operands.of(variant, forward));
        var backward =
                new Attention.Backward(
                        forward.qkv(),
                        forward.out(),
                        forward.lse(),
                        operands.input("dOut", b, t, c),
                        operands.output("dQkv", b, t, 3 * c),
                        heads,
                        mask);
        cases.add(operands.of(variant, backward, forward));
    }

    private static Attention.Heads heads(Operands operands, int count, int size, int window) {
        @Nullable Tensor width =
                window == NO_WINDOW ? null : operands.integers("window", Values.of(window), 1);
        return new Attention.Heads(count, 1 / Math.sqrt(size), width);
    }

    private void cached(int[] size, int window) {
        int b = size[0];
        int t = size[1];
        int s = size[2];
        int start = size[5];
        double[] positions =
                DoubleStream.iterate(0, i -> i < b * t, i -> i + 1)
                        .map(i -> Math.min(s - t, start + Math.floor(i / t)) + i % t)
                        .toArray();
        cached(size, "start=" + start, window, positions);
    }

    /// New tokens may come in any order, as a prompt does that is filled in.
    private void cached(int[] size, String where, int window, double... positions) {
        var operands = new Operands();
        int b = size[0];
        int t = size[1];
        int s = size[2];
        int h = size[3];
        int d = size[4];
        var op =
                new CachedAttention(
                        operands.input("qkv", b, t, 3 * h * d),
                        operands.state("keyCache", Role.CACHE, Values.normal(), b, h, s, d),
                        operands.state("valueCache", Role.CACHE, Values.normal(), b, h, s, d),
                        operands.integers("positions", Values.of(positions), b, t),
                        operands.output("out", b, t, h * d),
                        heads(operands, h, d, window));
        String variant =
                "b=%d t=%d s=%d h=%d d=%d %s%s"
                        .formatted(
                                b,
                                t,
                                s,
                                h,
                                d,
                                where,
                                window == NO_WINDOW ? "" : " window=" + window);
        cases.add(operands.of(variant, op));
    }
}
