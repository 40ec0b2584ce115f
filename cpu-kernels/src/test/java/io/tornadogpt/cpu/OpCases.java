package io.tornadogpt.cpu;

import io.tornadogpt.core.op.AdamW;
import io.tornadogpt.core.op.Add;
import io.tornadogpt.core.op.AddBias;
import io.tornadogpt.core.op.ArgMax;
import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.op.CachedAttention;
import io.tornadogpt.core.op.ClipScale;
import io.tornadogpt.core.op.Copy;
import io.tornadogpt.core.op.CrossEntropy;
import io.tornadogpt.core.op.Dropout;
import io.tornadogpt.core.op.Embedding;
import io.tornadogpt.core.op.Gelu;
import io.tornadogpt.core.op.GradientNorm;
import io.tornadogpt.core.op.LayerNorm;
import io.tornadogpt.core.op.MatMul;
import io.tornadogpt.core.op.MeanLoss;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.op.Sample;
import io.tornadogpt.core.op.Softmax;
import io.tornadogpt.core.op.Zero;
import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// Every operation over shapes that do and do not fill vectors, tiles and units.
final class OpCases {
    private static final int[] SIZES = {1, 3, 8, 16, 33, 100};
    private static final int[] RNG = {123, 0, 7, 1};

    private final List<OpCase> cases = new ArrayList<>();

    static List<OpCase> all() {
        var list = new OpCases();
        list.matrices();
        list.elementwise();
        list.normalization();
        list.attention();
        list.cachedAttention();
        list.rows();
        list.losses();
        list.optimizer();
        return list.cases;
    }

    private void add(String name, Function<OpCase, Op> make) {
        cases.add(new OpCase(name, make));
    }

    private void matrices() {
        for (int[] s : new int[][] {{1, 1, 1}, {1, 40, 33}, {4, 300, 20}, {50, 35, 61}}) {
            int m = s[0];
            int n = s[1];
            int k = s[2];
            for (int form = 0; form < 8; form++) {
                boolean ta = (form & 1) != 0;
                boolean tb = (form & 2) != 0;
                boolean accumulate = (form & 4) != 0;
                add(
                        "MatMul %dx%dx%d %b %b %b".formatted(m, n, k, ta, tb, accumulate),
                        c ->
                                new MatMul(
                                        ta ? c.normal("a", k, m) : c.normal("a", m, k),
                                        tb ? c.normal("b", n, k) : c.normal("b", k, n),
                                        accumulate ? c.normal("out", m, n) : c.out("out", m, n),
                                        ta,
                                        tb,
                                        accumulate));
            }
        }
        for (Gelu.Form form : Gelu.Form.values()) {
            add(
                    "MatMul with bias, GELU " + form + " and addend",
                    c ->
                            new MatMul(
                                    c.normal("a", 2, 9, 20),
                                    c.normal("b", 20, 37),
                                    c.out("out", 2, 9, 37),
                                    false,
                                    false,
                                    false,
                                    new MatMul.Epilogue(
                                            c.normal("bias", 37),
                                            form,
                                            c.out("preActivation", 2, 9, 37),
                                            c.normal("addend", 2, 9, 37))));
        }
    }

    private void elementwise() {
        for (int n : SIZES) {
            String size = " " + n;
            add(
                    "Add" + size,
                    c -> new Add(c.normal("a", 3, n), c.normal("b", 3, n), c.out("out", 3, n)));
            add(
                    "AddBias" + size,
                    c -> new AddBias(c.normal("x", 5, n), c.normal("b", n), c.out("out", 5, n)));
            add(
                    "AddBias.Backward" + size,
                    c -> new AddBias.Backward(c.normal("dOut", 130, n), c.normal("dBias", n)));
            add("Copy" + size, c -> new Copy(c.normal("x", n), c.out("out", n)));
            add("Zero" + size, c -> new Zero(c.normal("x", 2, n)));
            for (Gelu.Form form : Gelu.Form.values()) {
                add(
                        "Gelu " + form + size,
                        c -> new Gelu(c.normal("x", 3, n), c.out("out", 3, n), form));
                add(
                        "Gelu.Backward " + form + size,
                        c ->
                                new Gelu.Backward(
                                        c.normal("x", 3, n),
                                        c.normal("dOut", 3, n),
                                        c.out("dX", 3, n),
                                        form));
            }
            add(
                    "Dropout" + size,
                    c -> new Dropout(c.normal("x", 19, n), c.out("out", 19, n), mask(c, 0.3, 4)));
        }
        add(
                "Add of many",
                c -> new Add(c.normal("a", 9001), c.normal("b", 9001), c.out("o", 9001)));
    }

    private static Dropout.Mask mask(OpCase c, double probability, int id) {
        return new Dropout.Mask(probability, c.holding("rng", RNG, 4), id);
    }

    private void normalization() {
        for (int n : SIZES) {
            for (boolean bias : new boolean[] {false, true}) {
                String size = " %d %b".formatted(n, bias);
                add(
                        "LayerNorm" + size,
                        c ->
                                new LayerNorm(
                                        c.normal("x", 7, 20, n),
                                        c.normal("weight", n),
                                        bias ? c.normal("bias", n) : null,
                                        c.out("out", 7, 20, n),
                                        c.out("mean", 140),
                                        c.out("rstd", 140),
                                        1e-5));
                add(
                        "LayerNorm.Backward" + size,
                        c ->
                                new LayerNorm.Backward(
                                        c.normal("x", 7, 20, n),
                                        c.normal("weight", n),
                                        c.normal("mean", 140),
                                        c.positive("rstd", 140),
                                        c.normal("dOut", 7, 20, n),
                                        c.out("dX", 7, 20, n),
                                        bias ? null : c.normal("dWeight", n),
                                        bias ? c.normal("dBias", n) : null,
                                        bias ? c.normal("addend", 7, 20, n) : null));
            }
            add("Softmax " + n, c -> new Softmax(c.normal("x", 6, n), c.out("out", 6, n)));
            add(
                    "Softmax.Backward " + n,
                    c ->
                            new Softmax.Backward(
                                    c.positive("out", 6, n),
                                    c.normal("dOut", 6, n),
                                    c.out("dX", 6, n)));
        }
    }

    private void attention() {
        attention(1, 1, 1, 1, 0, 0);
        attention(2, 5, 2, 3, 0, 0);
        attention(1, 64, 2, 32, 0, 0);
        attention(1, 70, 2, 16, 9, 0);
        attention(2, 51, 3, 8, 0, 0.25);
        attention(1, 110, 1, 20, 30, 0.1);
    }

    private void attention(int b, int t, int h, int d, int window, double p) {
        String shape = " B%d T%d H%d D%d window %d dropout %s".formatted(b, t, h, d, window, p);
        int width = h * d;
        add(
                "Attention" + shape,
                c ->
                        new Attention(
                                c.normal("qkv", b, t, 3 * width),
                                c.out("out", b, t, width),
                                c.out("lse", b, h, t),
                                heads(c, h, d, window),
                                p == 0 ? null : mask(c, p, 2)));
    }

    private static Attention.Heads heads(OpCase c, int count, int size, int window) {
        @Nullable Tensor tensor = window == 0 ? null : c.holding("window", new int[] {window}, 1);
        return new Attention.Heads(count, 1 / Math.sqrt(size), tensor);
    }

    private void cachedAttention() {
        cachedAttention("one position", 2, 3, 8, 40, 0, 17, 30);
        cachedAttention("the first position", 1, 2, 5, 9, 0, 0);
        cachedAttention("the last position", 1, 1, 33, 21, 4, 20);
        cachedAttention("a piece of a prompt", 1, 2, 8, 64, 0, 9, 10, 11, 12, 13, 14, 15);
        cachedAttention("a piece under a window", 1, 2, 8, 64, 3, 9, 10, 11, 12, 13, 14, 15);
        cachedAttention("positions in any order", 1, 2, 8, 16, 0, 3, 9, 5, 12);
        int[] prompt = java.util.stream.IntStream.range(0, 120).toArray();
        cachedAttention("a whole prompt", 1, 2, 12, 130, 0, prompt);
    }

    private void cachedAttention(
            String what, int b, int h, int d, int capacity, int window, int... positions) {
        int t = positions.length / b;
        int width = h * d;
        add(
                "CachedAttention, " + what,
                c ->
                        new CachedAttention(
                                c.normal("qkv", b, t, 3 * width),
                                c.normal("keys", b, h, capacity, d),
                                c.normal("values", b, h, capacity, d),
                                c.holding("positions", positions, b, t),
                                c.out("out", b, t, width),
                                heads(c, h, d, window)));
    }

    private void rows() {
        for (int n : SIZES) {
            add(
                    "Embedding " + n,
                    c ->
                            new Embedding(
                                    c.integers("ids", 0, 11, 3, 50),
                                    c.normal("table", 11, n),
                                    c.out("out", 3, 50, n)));
            add(
                    "Embedding.Backward " + n,
                    c ->
                            new Embedding.Backward(
                                    c.integers("ids", 0, 11, 3, 50),
                                    c.normal("dOut", 3, 50, n),
                                    c.normal("dTable", 11, n)));
        }
    }

    private void losses() {
        for (int n : SIZES) {
            add(
                    "CrossEntropy " + n,
                    c ->
                            new CrossEntropy(
                                    c.normal("logits", 2, 15, n),
                                    c.integers("targets", -1, n, 2, 15),
                                    c.out("lse", 30),
                                    c.out("losses", 30)));
            add(
                    "CrossEntropy.Backward " + n,
                    c ->
                            new CrossEntropy.Backward(
                                    c.normal("logits", 2, 15, n),
                                    c.integers("targets", -1, n, 2, 15),
                                    c.positive("lse", 30),
                                    c.normal("dLosses", 30),
                                    c.out("dLogits", 2, 15, n)));
            add(
                    "MeanLoss " + n,
                    c ->
                            new MeanLoss(
                                    c.normal("losses", n),
                                    c.integers("targets", -1, 2, n),
                                    c.out("loss", 1),
                                    c.out("count", 1)));
            add(
                    "MeanLoss.Backward " + n,
                    c ->
                            new MeanLoss.Backward(
                                    c.integers("targets", -1, 2, n),
                                    c.holding("count", new float[] {n}, 1),
                                    c.normal("dLoss", 1),
                                    c.out("dLosses", n)));
        }
        for (int k : new int[] {0, 1, 7, 61, 100}) {
            add(
                    "Sample of " + k,
                    c ->
                            new Sample(
                                    c.normal("logits", 40, 61),
                                    c.integers("rng", -1000, 1000, 160),
                                    c.holding("settings", new float[] {0.7f, k}, 2),
                                    c.integers("ids", -1, 0, 40),
                                    k));
        }
        add("ArgMax", c -> new ArgMax(c.normal("logits", 40, 61), c.integers("ids", -1, 0, 40)));
        add(
                "MeanLoss where every target is ignored",
                c ->
                        new MeanLoss(
                                c.normal("losses", 5),
                                c.integers("targets", -3, 0, 5),
                                c.out("loss", 1),
                                c.out("count", 1)));
    }

    private void optimizer() {
        for (int n : SIZES) {
            add(
                    "GradientNorm " + n,
                    c ->
                            new GradientNorm(
                                    List.of(c.normal("a", n), c.normal("b", 90, n, 2)),
                                    c.out("norm", 1)));
            for (float scale : new float[] {0, 0.3f}) {
                add(
                        "AdamW %d scale %s".formatted(n, scale),
                        c ->
                                new AdamW(
                                        c.normal("parameter", n, 5),
                                        c.normal("gradient", n, 5),
                                        c.normal("m", n, 5),
                                        c.positive("v", n, 5),
                                        c.holding("scale", new float[] {scale}, 1),
                                        c.holding("schedule", new float[] {0.01f, 0.2f, 0.3f}, 3),
                                        new AdamW.Settings(0.9, 0.99, 1e-8, 0.1)));
            }
        }
        for (float norm : new float[] {0.5f, 3, Float.NaN, Float.POSITIVE_INFINITY}) {
            for (double limit : new double[] {0, 1}) {
                add(
                        "ClipScale of %s to %s".formatted(norm, limit),
                        c ->
                                new ClipScale(
                                        c.holding("norm", new float[] {norm}, 1),
                                        c.out("scale", 1),
                                        limit));
            }
        }
    }
}
