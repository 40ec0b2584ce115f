package io.tornadogpt.cpu.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// Attention of some queries of the heads that share a head of keys and values, without a T x T
/// buffer: Dao et al., "FlashAttention" (2022), with the running maximum of Milakov and Gimelshein
/// (2018).
///
/// Scores are made transposed, keys by queries, one block of queries at a time. Queries lie in
/// lanes, so maximum, sum and what is hidden need nothing across lanes, and a few queries at a time
/// are copied to a strip that [MicroKernel#strip] multiplies with the values. Keys that no query of
/// a panel sees are skipped.
final class FlashForward {
    /// One head of queries.
    ///
    /// @param q queries, one row each
    /// @param out results
    /// @param lse log-sum-exp of each query's scores, at byte `lseOffset`; null if nobody needs it
    /// @param biases of the sequence's positions; null for none
    /// @param dropoutRow row of query 0 in the matrix of dropout's factors
    record Head(
            HeadRows q,
            HeadRows out,
            @Nullable MemorySegment lse,
            long lseOffset,
            @Nullable Biases biases,
            int dropoutRow) {}

    /// Queries in a block.
    static final int QUERIES = QueryBlock.QUERIES;

    /// Keys in a block; with QUERIES, its scores take half of a 32 KB L1 cache.
    private static final int KEYS = 96;

    private static final int PANEL = MicroKernel.COLUMNS;
    private static final int ROWS = MicroKernel.ROWS;

    /// Below every score that is a number, and small enough to be subtracted from.
    private static final float NOTHING = -Float.MAX_VALUE / 4;

    private final Heads heads;
    private final VisibleKeys visible;
    private final int from;
    private final int to;
    private final int firstKey;
    private final int keys;
    private final int panels;
    private final float[] keyRows;
    private final float[] valuePanels;
    private final float[] queryPanels;
    private final float[] scores;
    private final float[] strip;
    private final float[] sums;
    private final QueryBlock block = new QueryBlock();
    private final float[] maxima = new float[QUERIES];
    private final float[] totals = new float[QUERIES];
    private final float[] corrections = new float[QUERIES];
    private final @Nullable KeepFactors dropout;
    private final int[] words;

    /// Prepares queries `from` to `to`: packs the keys and values that they see.
    ///
    /// @param k keys
    /// @param v values
    /// @param dropout of probabilities, or null
    FlashForward(
            Heads heads,
            HeadRows k,
            HeadRows v,
            VisibleKeys visible,
            @Nullable KeepFactors dropout,
            int from,
            int to,
            Scratch scratch) {
        this.heads = heads;
        this.dropout = dropout;
        words = new int[dropout == null ? 0 : KeepFactors.wordsOfColumns(KEYS)];
        this.visible = visible;
        this.from = from;
        this.to = to;
        int d = heads.size();
        firstKey = visible.first(from, to);
        keys = Math.max(0, visible.end(from, to) - firstKey);
        panels = Math.ceilDiv(d, PANEL);
        keyRows = scratch.floats(0, (keys + ROWS) * d);
        valuePanels = scratch.floats(1, keys * panels * PANEL);
        queryPanels = scratch.floats(2, QUERIES * d);
        scores = scratch.floats(3, KEYS * QUERIES + Lanes.COUNT);
        strip = scratch.floats(5, KEYS * MicroKernel.STRIP);
        sums = scratch.floats(4, QUERIES * panels * PANEL);
        Packing.rows(k.data(), k.at(firstKey), k.stride(), keys, d, keyRows, 0);
        for (int p = 0; p < panels; p++) {
            Packing.panel(
                    v.data(),
                    v.at(firstKey) + 4L * p * PANEL,
                    v.stride(),
                    keys,
                    Math.min(PANEL, d - p * PANEL),
                    1,
                    valuePanels,
                    p * keys * PANEL);
        }
    }

    /// Computes the queries of a head.
    void run(Head head) {
        for (int query = from; query < to; query += QUERIES) {
            block(head, query, Math.min(QUERIES, to - query));
        }
    }

    private void block(Head head, int query, int count) {
        for (int i = 0; i < count; i += PANEL) {
            Packing.transposedPanel(
                    head.q.data(),
                    head.q.at(query + i),
                    head.q.stride(),
                    heads.size(),
                    Math.min(PANEL, count - i),
                    heads.scale(),
                    queryPanels,
                    i * heads.size());
        }
        Arrays.fill(maxima, NOTHING);
        Arrays.fill(totals, 0);
        Arrays.fill(sums, 0, QUERIES * panels * PANEL, 0);
        block.set(visible, query, count);
        if (head.biases != null) {
            block.set(head.biases, visible, query);
        }
        int end = block.end(0, count);
        for (int key = block.first(0, count); key < end; key += KEYS) {
            keyBlock(head, query, count, key, Math.min(KEYS, end - key));
        }
        store(head, query, count);
    }

    private void keyBlock(Head head, int query, int count, int key, int keyCount) {
        for (int i = 0; i < count; i += PANEL) {
            int first = Math.clamp((long) block.first(i, i + PANEL) - key, 0, keyCount);
            int start = first / ROWS * ROWS;
            int end = Math.clamp((long) block.end(i, i + PANEL) - key, start, keyCount);
            ScoreBlock.multiply(
                    keyRows, key - firstKey, heads.size(), queryPanels, i, start, end, scores);
            for (int column = i; column < i + PANEL; column += Lanes.COUNT) {
                if (heads.cap() > 0) {
                    ScoreBlock.cap(scores, column, start, end, heads.cap());
                }
                if (head.biases != null) {
                    bias(head.biases, column, key, start, end);
                }
                ScoreBlock.hide(scores, column, start, end, block, key);
                softmax(column, start, end);
                if (dropout != null) {
                    int row = head.dropoutRow + query + column;
                    drop(dropout, row, column, key, start, end);
                }
                ScoreBlock.clear(scores, column, 0, start);
                ScoreBlock.clear(scores, column, end, keyCount);
            }
        }
        rescale(count);
        addValues(count, key, keyCount);
    }

    private void bias(Biases biases, int column, int key, int from, int to) {
        ScoreBlock.bias(scores, column, from, to, block.biases, biases, key, heads.scale());
    }

    private void addValues(int count, int key, int keyCount) {
        int width = panels * PANEL;
        for (int i = 0; i < count; i += ROWS) {
            int start = Math.clamp((long) block.first(i, i + ROWS) - key, 0, keyCount);
            int depth = Math.clamp((long) block.end(i, i + ROWS) - key, start, keyCount) - start;
            if (depth == 0) {
                continue;
            }
            Packing.strip(scores, start * QUERIES + i, depth, strip);
            for (int p = 0; p < panels; p++) {
                int panel = (p * keys + key - firstKey + start) * PANEL;
                int at = i * width + p * PANEL;
                MicroKernel.strip(strip, 0, 1, valuePanels, panel, depth, sums, at, width);
            }
        }
    }

    /// Turns scores into `e^(score - maximum)` and updates the running maximum and total.
    private void softmax(int column, int from, int to) {
        FloatVector before = Lanes.load(maxima, column);
        raise(maxima, scores, column, from, to);
        FloatVector correction = VectorMath.exp(before.sub(Lanes.load(maxima, column)));
        correction.intoArray(corrections, column);
        Lanes.load(totals, column).mul(correction).intoArray(totals, column);
        exponentials(scores, column, from, to, maxima, totals);
    }

    /// Four maxima at once: one alone would wait for itself from row to row.
    private static void raise(float[] maxima, float[] s, int column, int from, int to) {
        FloatVector a = Lanes.load(maxima, column);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        int row = from;
        for (; row < to - 3; row += 4) {
            int index = row * QUERIES + column;
            a = VectorMath.max(a, Lanes.load(s, index));
            b = VectorMath.max(b, Lanes.load(s, index + QUERIES));
            c = VectorMath.max(c, Lanes.load(s, index + 2 * QUERIES));
            d = VectorMath.max(d, Lanes.load(s, index + 3 * QUERIES));
        }
        for (; row < to; row++) {
            a = VectorMath.max(a, Lanes.load(s, row * QUERIES + column));
        }
        VectorMath.max(VectorMath.max(a, b), VectorMath.max(c, d)).intoArray(maxima, column);
    }

    private static void exponentials(
            float[] s, int column, int from, int to, float[] maxima, float[] totals) {
        FloatVector maximum = Lanes.load(maxima, column);
        FloatVector total = Lanes.load(totals, column);
        for (int row = from; row < to; row++) {
            int index = row * QUERIES + column;
            FloatVector p = VectorMath.exp(Lanes.load(s, index).sub(maximum));
            p.intoArray(s, index);
            total = total.add(p);
        }
        total.intoArray(totals, column);
    }

    private void drop(KeepFactors dropout, int row, int column, int key, int from, int to) {
        int first = key + from;
        dropout.ofColumns(first, to - from, row, words);
        int lanes = KeepFactors.lanes(first, to - from);
        drop(dropout, words, (first & 3) - from, lanes, scores, column, from, to);
    }

    private static void drop(
            KeepFactors dropout,
            int[] words,
            int first,
            int lanes,
            float[] scores,
            int column,
            int from,
            int to) {
        for (int row = from; row < to; row++) {
            int index = row * QUERIES + column;
            Lanes.load(scores, index)
                    .mul(dropout.factor(words, lanes, first + row))
                    .intoArray(scores, index);
        }
    }

    private void rescale(int count) {
        int width = panels * PANEL;
        for (int i = 0; i < count; i++) {
            FloatVector factor = Lanes.broadcast(corrections[i]);
            for (int j = 0; j < width; j += Lanes.COUNT) {
                Lanes.load(sums, i * width + j).mul(factor).intoArray(sums, i * width + j);
            }
        }
    }

    private void store(Head head, int query, int count) {
        finish(maxima, totals);
        int width = panels * PANEL;
        int d = heads.size();
        HeadRows out = head.out;
        for (int i = 0; i < count; i++) {
            Packing.store(sums, i * width, d, totals[i], out.data(), out.at(query + i));
        }
        if (head.lse != null) {
            long offset = head.lseOffset + 4L * query;
            MemorySegment.copy(maxima, 0, head.lse, ValueLayout.JAVA_FLOAT, offset, count);
        }
    }

    /// Maxima become log-sum-exps, totals what sums are multiplied by; both are 0 where nothing was
    /// seen.
    private static void finish(float[] maxima, float[] totals) {
        for (int i = 0; i < QUERIES; i += Lanes.COUNT) {
            FloatVector total = Lanes.load(totals, i);
            VectorMask<Float> nothing = total.compare(VectorOperators.EQ, 0);
            FloatVector lse = Lanes.load(maxima, i).add(VectorMath.log(total));
            lse.blend(0, nothing).intoArray(maxima, i);
            Lanes.broadcast(1).div(total).blend(0, nothing).intoArray(totals, i);
        }
    }
}
