package io.tornadogpt.kernels;

import io.tornadogpt.core.op.Activation;
import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.op.CachedAttention;
import io.tornadogpt.core.op.CrossEntropy;
import io.tornadogpt.core.op.Dropout;
import io.tornadogpt.core.op.Embedding;
import io.tornadogpt.core.op.LayerNorm;
import io.tornadogpt.core.op.MatMul;
import io.tornadogpt.core.op.RmsNorm;
import io.tornadogpt.core.op.Rotary;
import io.tornadogpt.core.op.Softmax;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.testing.Values;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

import java.util.stream.DoubleStream;

/// Kernels against the reference for sizes and options that nobody thought of.
class KernelPropertyTest {

    @Property(tries = 40, seed = "1")
    void matMulIsRightForAllSizesAndOptions(
            @ForAll @IntRange(min = 1, max = 90) int m,
            @ForAll @IntRange(min = 1, max = 90) int n,
            @ForAll @IntRange(min = 1, max = 50) int k,
            @ForAll boolean transposeA,
            @ForAll boolean transposeB,
            @ForAll boolean accumulate,
            @ForAll @IntRange(min = 0, max = 7) int epilogue,
            @ForAll Activation.Function function) {
        var s = new Sizes(m + 91L * n);
        var e = MatMul.Epilogue.NONE;
        if ((epilogue & 1) != 0) {
            e = e.withBias(s.input("bias", n));
        }
        if (epilogue >= 4) {
            e = e.withActivation(function, epilogue == 7 ? null : s.output("preActivation", m, n));
        }
        if ((epilogue & 2) != 0) {
            e = e.withAddend(s.input("addend", m, n));
        }
        var a = transposeA ? s.input("a", k, m) : s.input("a", m, k);
        var b = transposeB ? s.input("b", n, k) : s.input("b", k, n);
        boolean add = accumulate && e.equals(MatMul.Epilogue.NONE);
        var out = add ? s.input("out", m, n) : s.output("out", m, n);
        s.check(new MatMul(a, b, out, transposeA, transposeB, add, e), null);
    }

    /// Rows of which most see two positions or more: where all see one, the gradients of queries
    /// and keys are 0, and what a backend computes for them is the rounding of what cancels.
    @Property(tries = 25, seed = "2")
    void attentionAndItsGradientAreRight(
            @ForAll @IntRange(min = 1, max = 2) int batch,
            @ForAll @IntRange(min = 4, max = 40) int positions,
            @ForAll @IntRange(min = 1, max = 2) int keyValueHeads,
            @ForAll @IntRange(min = 1, max = 3) int shared,
            @ForAll @IntRange(min = 1, max = 24) int headSize,
            @ForAll @IntRange(min = 0, max = 45) int window,
            @ForAll @IntRange(min = 0, max = 63) int options) {
        var a = new Attentions(positions + 41L * headSize);
        a.heads = keyValueHeads * shared;
        a.keyValueHeads = keyValueHeads;
        a.headSize = headSize;
        a.window = window == 1 ? 2 : window;
        a.dropped = (options & 1) != 0 ? 0.3 : 0;
        a.causal = (options & 2) != 0;
        a.apart = (options & 4) != 0;
        a.cap = (options & 8) != 0 ? 1.5 : 0;
        a.biased = (options & 16) != 0;
        a.packed = (options & 32) != 0;
        a.check(batch, positions);
    }

    /// Heads above 128 channels have smaller tiles.
    @Property(tries = 6, seed = "3")
    void attentionIsRightForLargeHeads(
            @ForAll @IntRange(min = 120, max = 256) int headSize,
            @ForAll @IntRange(min = 1, max = 20) int positions) {
        var a = new Attentions(positions + 41L * headSize);
        a.headSize = headSize;
        a.check(1, positions);
    }

    /// Attention with options, and its gradient.
    private static final class Attentions {
        private final Sizes s;
        private int heads = 1;
        private int keyValueHeads = 1;
        private int headSize = 1;
        private int window;
        private double dropped;
        private boolean causal = true;
        private boolean apart;
        private double cap;
        private boolean biased;
        private boolean packed;

        Attentions(long seed) {
            s = new Sizes(seed);
        }

        void check(int batch, int positions) {
            var attributes =
                    new Attention.Heads(
                            heads,
                            keyValueHeads,
                            headSize,
                            1 / Math.sqrt(headSize),
                            cap,
                            biased ? s.input("biases", batch, positions, heads) : null);
            var view =
                    new Attention.View(
                            causal,
                            s.integers("window", Values.of(window), 1),
                            packed ? spans(batch, positions) : null);
            var mask =
                    dropped > 0
                            ? new Dropout.Mask(
                                    dropped, s.integers("rng", Values.of(-7, 8, 9, -1), 4), 5)
                            : null;
            Attention.Columns[] in = columns("", batch, positions);
            Attention.Columns[] out = columns("d", batch, positions);
            var forward =
                    new Attention(
                            in[0],
                            in[1],
                            in[2],
                            s.output("out", batch, positions, heads * headSize),
                            s.output("lse", batch, heads, positions),
                            attributes,
                            view,
                            mask);
            s.check(forward, null);
            s.check(
                    new Attention.Backward(
                            in[0],
                            in[1],
                            in[2],
                            forward.out(),
                            forward.lse(),
                            s.input("dOut", batch, positions, heads * headSize),
                            out[0],
                            out[1],
                            out[2],
                            attributes,
                            view,
                            mask),
                    forward);
        }

        /// Two sequences in a row of the batch, and padding where there is room for it.
        private Tensor spans(int batch, int positions) {
            int middle = positions / 3;
            int end = positions - positions / 5;
            double[] spans = new double[2 * positions];
            for (int i = 0; i < end; i++) {
                spans[2 * i] = i < middle ? 0 : middle;
                spans[2 * i + 1] = i < middle ? middle : end;
            }
            return s.integers("spans", Values.of(spans), batch, positions, 2);
        }

        /// Queries, keys and values, or what their gradients go to.
        private Attention.Columns[] columns(String prefix, int batch, int positions) {
            int width = heads * headSize;
            int keyValueWidth = keyValueHeads * headSize;
            if (apart) {
                return new Attention.Columns[] {
                    new Attention.Columns(tensor(prefix + "q", batch, positions, width), 0),
                    new Attention.Columns(tensor(prefix + "k", batch, positions, keyValueWidth), 0),
                    new Attention.Columns(tensor(prefix + "v", batch, positions, keyValueWidth), 0)
                };
            }
            Tensor all = tensor(prefix + "qkv", batch, positions, width + 2 * keyValueWidth);
            return new Attention.Columns[] {
                new Attention.Columns(all, 0),
                new Attention.Columns(all, width),
                new Attention.Columns(all, width + keyValueWidth)
            };
        }

        private Tensor tensor(String name, int... sizes) {
            return name.startsWith("d") ? s.output(name, sizes) : s.input(name, sizes);
        }
    }

    @Property(tries = 30, seed = "4")
    void cachedAttentionIsRight(
            @ForAll @IntRange(min = 1, max = 3) int batch,
            @ForAll @IntRange(min = 1, max = 5) int positions,
            @ForAll @IntRange(min = 1, max = 40) int headSize,
            @ForAll @IntRange(min = 0, max = 150) int start,
            @ForAll @IntRange(min = 0, max = 90) int window,
            @ForAll @IntRange(min = 0, max = 15) int options) {
        var s = new Sizes(start + 151L * headSize);
        int heads = 2;
        int keyValueHeads = (options & 1) != 0 ? 1 : 2;
        int capacity = start + positions + 3;
        double[] places =
                DoubleStream.iterate(0, i -> i < batch * positions, i -> i + 1)
                        .map(i -> start + i % positions)
                        .toArray();
        if ((options & 2) != 0) {
            places[places.length - 1] = -1;
        }
        int slots = batch + 2;
        Tensor qkv = s.input("qkv", batch, positions, (heads + 2 * keyValueHeads) * headSize);
        s.check(
                new CachedAttention(
                        new Attention.Columns(qkv, 0),
                        new Attention.Columns(qkv, heads * headSize),
                        new Attention.Columns(qkv, (heads + keyValueHeads) * headSize),
                        s.input("keyCache", slots, keyValueHeads, capacity, headSize),
                        s.input("valueCache", slots, keyValueHeads, capacity, headSize),
                        s.integers("slots", Values.of(slots - 1, 0, 1), batch),
                        s.integers("positions", Values.of(places), batch, positions),
                        s.output("out", batch, positions, heads * headSize),
                        new Attention.Heads(
                                heads,
                                keyValueHeads,
                                headSize,
                                0.3,
                                (options & 4) != 0 ? 2 : 0,
                                (options & 8) != 0 ? s.input("biases", capacity, heads) : null),
                        new Attention.View(true, s.integers("window", Values.of(window), 1), null)),
                null);
    }

    @Property(tries = 20, seed = "5")
    void layerNormAndItsGradientsAreRight(
            @ForAll @IntRange(min = 1, max = 20) int rows,
            @ForAll @IntRange(min = 1, max = 3) int groups,
            @ForAll @IntRange(min = 3, max = 200) int size) {
        var s = new Sizes(rows + 21L * size);
        int columns = groups * size;
        var forward =
                new LayerNorm(
                        s.input("x", new Values.Normal(2, 3), rows, columns),
                        s.input("weight", size),
                        s.input("bias", size),
                        s.output("out", rows, columns),
                        s.output("mean", rows * groups),
                        s.output("rstd", rows * groups),
                        1e-5);
        s.check(forward, null);
        s.check(
                new LayerNorm.Backward(
                        forward.x(),
                        forward.weight(),
                        forward.mean(),
                        forward.rstd(),
                        s.input("dOut", rows, columns),
                        s.output("dX", rows, columns),
                        s.input("dWeight", size),
                        s.input("dBias", size),
                        s.input("addend", rows, columns)),
                forward);
    }

    @Property(tries = 20, seed = "10")
    void rmsNormAndItsGradientsAreRight(
            @ForAll @IntRange(min = 1, max = 20) int rows,
            @ForAll @IntRange(min = 1, max = 3) int groups,
            @ForAll @IntRange(min = 3, max = 200) int size,
            @ForAll @IntRange(min = 0, max = 1) int offset) {
        var s = new Sizes(rows + 21L * size);
        int columns = groups * size;
        var forward =
                new RmsNorm(
                        s.input("x", new Values.Normal(2, 3), rows, columns),
                        s.input("weight", size),
                        s.output("out", rows, columns),
                        s.output("rstd", rows * groups),
                        1e-6,
                        offset);
        s.check(forward, null);
        s.check(
                new RmsNorm.Backward(
                        forward.x(),
                        forward.weight(),
                        forward.rstd(),
                        s.input("dOut", rows, columns),
                        s.output("dX", rows, columns),
                        s.input("dWeight", size),
                        s.input("addend", rows, columns),
                        offset),
                forward);
    }

    @Property(tries = 20, seed = "11")
    void rotaryIsRight(
            @ForAll @IntRange(min = 1, max = 9) int positions,
            @ForAll @IntRange(min = 1, max = 3) int heads,
            @ForAll @IntRange(min = 1, max = 12) int pairs,
            @ForAll @IntRange(min = 0, max = 5) int rest,
            @ForAll @IntRange(min = 0, max = 5) int behind,
            @ForAll boolean interleaved,
            @ForAll boolean inverse) {
        var s = new Sizes(positions + 10L * pairs);
        int headSize = 2 * pairs + rest;
        int columns = heads * headSize + behind;
        s.check(
                new Rotary(
                        s.input("x", 2, positions, columns),
                        s.integers("positions", new Values.Integers(-1, 7), 2, positions),
                        s.input("table", 11, 2 * pairs),
                        s.integers("first", Values.of(4), 1),
                        s.output("out", 2, positions, columns),
                        new Rotary.Form(heads, headSize, 2 * pairs, interleaved, inverse)),
                null);
    }

    @Property(tries = 20, seed = "6")
    void softmaxIsRight(
            @ForAll @IntRange(min = 1, max = 20) int rows,
            @ForAll @IntRange(min = 1, max = 300) int columns,
            @ForAll @IntRange(min = 0, max = 60) int deviation) {
        var s = new Sizes(rows + 21L * columns);
        s.check(
                new Softmax(
                        s.input("x", new Values.Normal(0, deviation), rows, columns),
                        s.output("out", rows, columns)),
                null);
    }

    /// Several rows, and not so wide that one probability is nearly 1: in such a row the gradient
    /// is the difference of nearly equal numbers, and a row alone has nothing else to be measured
    /// by.
    @Property(tries = 20, seed = "9")
    void gradientOfSoftmaxIsRight(
            @ForAll @IntRange(min = 5, max = 20) int rows,
            @ForAll @IntRange(min = 2, max = 300) int columns) {
        var s = new Sizes(rows + 21L * columns);
        var forward = new Softmax(s.input("x", rows, columns), s.output("out", rows, columns));
        s.check(
                new Softmax.Backward(
                        forward.out(),
                        s.input("dOut", rows, columns),
                        s.output("dX", rows, columns)),
                forward);
    }

    @Property(tries = 20, seed = "7")
    void crossEntropyAndItsGradientAreRight(
            @ForAll @IntRange(min = 1, max = 20) int rows,
            @ForAll @IntRange(min = 1, max = 600) int vocabulary) {
        var s = new Sizes(rows + 21L * vocabulary);
        var forward =
                new CrossEntropy(
                        s.input("logits", new Values.Normal(0, 3), rows, vocabulary),
                        s.integers("targets", new Values.Integers(-2, vocabulary), rows),
                        s.output("lse", rows),
                        s.output("losses", rows));
        s.check(forward, null);
        s.check(
                new CrossEntropy.Backward(
                        forward.logits(),
                        forward.targets(),
                        forward.lse(),
                        s.input("dLosses", rows),
                        s.output("dLogits", rows, vocabulary)),
                forward);
    }

    @Property(tries = 20, seed = "8")
    void gradientOfEmbeddingIsRight(
            @ForAll @IntRange(min = 1, max = 60) int count,
            @ForAll @IntRange(min = 1, max = 30) int rows,
            @ForAll @IntRange(min = 1, max = 20) int columns,
            @ForAll @IntRange(min = 0, max = 3) int offset,
            @ForAll boolean accumulate) {
        var s = new Sizes(count + 61L * rows);
        Tensor dTable =
                accumulate
                        ? s.input("dTable", rows + offset, columns)
                        : s.output("dTable", rows + offset, columns);
        s.check(
                new Embedding.Backward(
                        s.integers("ids", new Values.Integers(-1, rows), count),
                        s.input("dOut", count, columns),
                        dTable,
                        offset,
                        true,
                        accumulate),
                null);
    }
}
