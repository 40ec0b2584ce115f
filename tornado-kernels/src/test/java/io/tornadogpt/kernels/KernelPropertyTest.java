package io.tornadogpt.kernels;

import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.op.CachedAttention;
import io.tornadogpt.core.op.CrossEntropy;
import io.tornadogpt.core.op.Dropout;
import io.tornadogpt.core.op.Embedding;
import io.tornadogpt.core.op.Gelu;
import io.tornadogpt.core.op.LayerNorm;
import io.tornadogpt.core.op.MatMul;
import io.tornadogpt.core.op.Softmax;
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
            @ForAll @IntRange(min = 0, max = 11) int epilogue) {
        var s = new Sizes(m + 91L * n);
        var e = MatMul.Epilogue.NONE;
        if ((epilogue & 1) != 0) {
            e = e.withBias(s.input("bias", n));
        }
        if (epilogue >= 4) {
            e =
                    e.withGelu(
                            epilogue >= 8 ? Gelu.Form.EXACT : Gelu.Form.TANH,
                            s.output("preActivation", m, n));
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

    @Property(tries = 25, seed = "2")
    void attentionAndItsGradientAreRight(
            @ForAll @IntRange(min = 1, max = 2) int batch,
            @ForAll @IntRange(min = 1, max = 40) int positions,
            @ForAll @IntRange(min = 1, max = 2) int heads,
            @ForAll @IntRange(min = 1, max = 40) int headSize,
            @ForAll @IntRange(min = 0, max = 45) int window,
            @ForAll boolean dropped) {
        attention(batch, positions, heads, headSize, window, dropped ? 0.3 : 0);
    }

    /// Heads above 128 channels have smaller tiles.
    @Property(tries = 6, seed = "3")
    void attentionIsRightForLargeHeads(
            @ForAll @IntRange(min = 120, max = 256) int headSize,
            @ForAll @IntRange(min = 1, max = 20) int positions) {
        attention(1, positions, 1, headSize, 0, 0);
    }

    private static void attention(
            int batch, int positions, int heads, int headSize, int window, double dropped) {
        var s = new Sizes(positions + 41L * headSize);
        int channels = heads * headSize;
        var attributes =
                new Attention.Heads(
                        heads, 1 / Math.sqrt(headSize), s.integers("window", Values.of(window), 1));
        var mask =
                dropped > 0
                        ? new Dropout.Mask(
                                dropped, s.integers("rng", Values.of(-7, 8, 9, -1), 4), 5)
                        : null;
        var forward =
                new Attention(
                        s.input("qkv", batch, positions, 3 * channels),
                        s.output("out", batch, positions, channels),
                        s.output("lse", batch, heads, positions),
                        attributes,
                        mask);
        s.check(forward, null);
        s.check(
                new Attention.Backward(
                        forward.qkv(),
                        forward.out(),
                        forward.lse(),
                        s.input("dOut", batch, positions, channels),
                        s.output("dQkv", batch, positions, 3 * channels),
                        attributes,
                        mask),
                forward);
    }

    @Property(tries = 20, seed = "4")
    void cachedAttentionIsRight(
            @ForAll @IntRange(min = 1, max = 3) int batch,
            @ForAll @IntRange(min = 1, max = 5) int positions,
            @ForAll @IntRange(min = 1, max = 40) int headSize,
            @ForAll @IntRange(min = 0, max = 150) int start,
            @ForAll @IntRange(min = 0, max = 90) int window) {
        var s = new Sizes(start + 151L * headSize);
        int heads = 2;
        int capacity = start + positions + 3;
        double[] places =
                DoubleStream.iterate(0, i -> i < batch * positions, i -> i + 1)
                        .map(i -> start + i % positions)
                        .toArray();
        s.check(
                new CachedAttention(
                        s.input("qkv", batch, positions, 3 * heads * headSize),
                        s.input("keyCache", batch, heads, capacity, headSize),
                        s.input("valueCache", batch, heads, capacity, headSize),
                        s.integers("positions", Values.of(places), batch, positions),
                        s.output("out", batch, positions, heads * headSize),
                        new Attention.Heads(
                                heads, 0.3, s.integers("window", Values.of(window), 1))),
                null);
    }

    @Property(tries = 20, seed = "5")
    void layerNormAndItsGradientsAreRight(
            @ForAll @IntRange(min = 1, max = 20) int rows,
            @ForAll @IntRange(min = 2, max = 300) int columns) {
        var s = new Sizes(rows + 21L * columns);
        var forward =
                new LayerNorm(
                        s.input("x", new Values.Normal(2, 3), rows, columns),
                        s.input("weight", columns),
                        s.input("bias", columns),
                        s.output("out", rows, columns),
                        s.output("mean", rows),
                        s.output("rstd", rows),
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
                        s.input("dWeight", columns),
                        s.input("dBias", columns),
                        s.input("addend", rows, columns)),
                forward);
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
            @ForAll @IntRange(min = 1, max = 20) int columns) {
        var s = new Sizes(count + 61L * rows);
        s.check(
                new Embedding.Backward(
                        s.integers("ids", new Values.Integers(0, rows), count),
                        s.input("dOut", count, columns),
                        s.input("dTable", rows, columns)),
                null);
    }
}
