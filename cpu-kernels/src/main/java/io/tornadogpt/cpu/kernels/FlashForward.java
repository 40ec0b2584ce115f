package io.tornadogpt.cpu.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// Causal attention of some queries of one head to its keys, without a T x T buffer: Dao et al.,
/// "FlashAttention" (2022), with the running maximum of Milakov and Gimelshein (2018).
///
/// Scores are made transposed, keys by queries, one block of queries at a time. Queries lie in
/// lanes, so maximum, sum and causal mask need nothing across lanes, and a few queries at a time
/// are copied to a strip that [MicroKernel#strip] multiplies with the values.
final class FlashForward {
    /// One head.
    ///
    /// @param q queries, one row each
    /// @param k keys
    /// @param v values
    /// @param out results
    /// @param lse log-sum-exp of each query's scores, at byte `lseOffset`; null if nobody needs it
    /// @param firstPosition position of query 0: it sees keys 0 to firstPosition
    /// @param size D
    /// @param scale of scores
    /// @param window how many keys a query sees at most; 0 for all
    /// @param dropout of probabilities, or null
    /// @param dropoutRow row of query 0 in the matrix of dropout's factors
    record Head(
            HeadRows q,
            HeadRows k,
            HeadRows v,
            HeadRows out,
            @Nullable MemorySegment lse,
            long lseOffset,
            int firstPosition,
            int size,
            float scale,
            int window,
            @Nullable KeepFactors dropout,
            int dropoutRow) {}

    /// Queries in a block.
    static final int QUERIES = MicroKernel.BLOCK;

    /// Keys in a block; with QUERIES, its scores take half of a 32 KB L1 cache.
    private static final int KEYS = 96;

    private static final int PANEL = MicroKernel.COLUMNS;

    /// Below every score that is a number, and small enough to be subtracted from.
    private static final float NOTHING = -Float.MAX_VALUE / 4;

    private final Head head;
    private final int firstKey;
    private final int keys;
    private final int panels;
    private final float[] keyRows;
    private final float[] valuePanels;
    private final float[] queryPanels;
    private final float[] scores;
    private final float[] strip;
    private final float[] sums;
    private final float[] maxima = new float[QUERIES];
    private final float[] totals = new float[QUERIES];
    private final float[] corrections = new float[QUERIES];
    private final int[] words;

    /// Prepares queries `from` to `to`: packs the keys and values that they see.
    FlashForward(Head head, int from, int to, Scratch scratch) {
        this.head = head;
        int d = head.size;
        firstKey = firstVisible(from);
        keys = head.firstPosition + to - firstKey;
        panels = Math.ceilDiv(d, PANEL);
        keyRows = scratch.floats(0, (keys + MicroKernel.ROWS) * d);
        valuePanels = scratch.floats(1, keys * panels * PANEL);
        queryPanels = scratch.floats(2, QUERIES * d);
        scores = scratch.floats(3, KEYS * QUERIES + Lanes.COUNT);
        strip = scratch.floats(5, KEYS * MicroKernel.STRIP);
        sums = scratch.floats(4, QUERIES * panels * PANEL);
        words = new int[head.dropout == null ? 0 : KeepFactors.wordsOfColumns(KEYS)];
        Packing.rows(head.k.data(), head.k.at(firstKey), head.k.stride(), keys, d, keyRows, 0);
        for (int p = 0; p < panels; p++) {
            Packing.panel(
                    head.v.data(),
                    head.v.at(firstKey) + 4L * p * PANEL,
                    head.v.stride(),
                    keys,
                    Math.min(PANEL, d - p * PANEL),
                    1,
                    valuePanels,
                    p * keys * PANEL);
        }
    }

    /// Computes queries `from` to `to`.
    void run(int from, int to) {
        for (int query = from; query < to; query += QUERIES) {
            block(query, Math.min(QUERIES, to - query));
        }
    }

    private int firstVisible(int query) {
        return head.window == 0 ? 0 : Math.max(0, head.firstPosition + query - head.window + 1);
    }

    private void block(int query, int count) {
        for (int i = 0; i < count; i += PANEL) {
            Packing.transposedPanel(
                    head.q.data(),
                    head.q.at(query + i),
                    head.q.stride(),
                    head.size,
                    Math.min(PANEL, count - i),
                    head.scale,
                    queryPanels,
                    i * head.size);
        }
        Arrays.fill(maxima, NOTHING);
        Arrays.fill(totals, 0);
        Arrays.fill(sums, 0, QUERIES * panels * PANEL, 0);
        int end = head.firstPosition + query + count;
        for (int key = firstVisible(query); key < end; key += KEYS) {
            keyBlock(query, count, key, Math.min(KEYS, end - key));
        }
        store(query, count);
    }

    private void keyBlock(int query, int count, int key, int keyCount) {
        for (int i = 0; i < count; i += PANEL) {
            int lastPosition = head.firstPosition + query + Math.min(i + PANEL, count) - 1;
            int visible = Math.clamp(lastPosition + 1L - key, 0, keyCount);
            score(i, key - firstKey, visible);
            for (int column = i; column < i + PANEL; column += Lanes.COUNT) {
                hide(column, head.firstPosition + query + column, key, visible);
                softmax(column, visible);
                if (head.dropout != null) {
                    drop(head.dropout, query + column, column, key, visible);
                }
                clear(column, visible, keyCount);
            }
        }
        rescale(count);
        int position = head.firstPosition + query;
        int width = panels * PANEL;
        for (int i = 0; i < count; i += MicroKernel.ROWS) {
            int depth = Math.clamp(position + i + (long) MicroKernel.ROWS - key, 0, keyCount);
            Packing.strip(scores, i, depth, strip);
            for (int p = 0; p < panels; p++) {
                MicroKernel.strip(
                        strip,
                        0,
                        1,
                        valuePanels,
                        (p * keys + key - firstKey) * PANEL,
                        depth,
                        sums,
                        i * width + p * PANEL,
                        width);
            }
        }
    }

    /// Scores of a panel of queries and `count` packed keys from `row` on.
    private void score(int column, int row, int count) {
        int d = head.size;
        for (int i = 0; i < count; i += MicroKernel.ROWS) {
            clearTile(scores, i * QUERIES + column);
            MicroKernel.rows(
                    keyRows,
                    (row + i) * d,
                    d,
                    queryPanels,
                    column * d,
                    d,
                    scores,
                    i * QUERIES + column,
                    QUERIES);
        }
    }

    static void clearTile(float[] tile, int start) {
        for (int i = 0; i < MicroKernel.ROWS; i++) {
            Lanes.zero().intoArray(tile, start + i * QUERIES);
            Lanes.zero().intoArray(tile, start + i * QUERIES + Lanes.COUNT);
        }
    }

    private void hide(int column, int position, int key, int count) {
        hide(scores, column, position, key, count, head.window);
    }

    /// Sets the scores to minus infinity where a lane's query does not see a row's key.
    ///
    /// @param position of the first lane's query
    /// @param key of the first row
    static void hide(float[] scores, int column, int position, int key, int count, int window) {
        int afterFirst = Math.max(0, position + 1 - key); // from here on the diagonal hides lanes
        for (int row = afterFirst; row < count; row++) {
            hideLater(scores, row * QUERIES + column, position, key + row);
        }
        if (window > 0) {
            int lastBefore = position + Lanes.COUNT - 1 - window - key;
            for (int row = 0; row <= Math.min(lastBefore, count - 1); row++) {
                hideEarlier(scores, row * QUERIES + column, position, key + row + window);
            }
        }
    }

    private static void hideLater(float[] scores, int index, int position, int key) {
        IntVector positions = Lanes.countFrom(position);
        Lanes.load(scores, index)
                .blend(
                        Float.NEGATIVE_INFINITY,
                        positions.compare(VectorOperators.LT, key).cast(Lanes.FLOATS))
                .intoArray(scores, index);
    }

    private static void hideEarlier(float[] scores, int index, int position, int end) {
        IntVector positions = Lanes.countFrom(position);
        Lanes.load(scores, index)
                .blend(
                        Float.NEGATIVE_INFINITY,
                        positions.compare(VectorOperators.GE, end).cast(Lanes.FLOATS))
                .intoArray(scores, index);
    }

    /// Turns scores into `e^(score - maximum)` and updates the running maximum and total.
    private void softmax(int column, int count) {
        FloatVector before = Lanes.load(maxima, column);
        raise(maxima, scores, column, count);
        FloatVector correction = VectorMath.exp(before.sub(Lanes.load(maxima, column)));
        correction.intoArray(corrections, column);
        Lanes.load(totals, column).mul(correction).intoArray(totals, column);
        exponentials(scores, column, count, maxima, totals);
    }

    /// Four maxima at once: one alone would wait for itself from row to row.
    private static void raise(float[] maxima, float[] s, int column, int count) {
        FloatVector a = Lanes.load(maxima, column);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        int row = 0;
        for (; row < count - 3; row += 4) {
            int index = row * QUERIES + column;
            a = VectorMath.max(a, Lanes.load(s, index));
            b = VectorMath.max(b, Lanes.load(s, index + QUERIES));
            c = VectorMath.max(c, Lanes.load(s, index + 2 * QUERIES));
            d = VectorMath.max(d, Lanes.load(s, index + 3 * QUERIES));
        }
        for (; row < count; row++) {
            a = VectorMath.max(a, Lanes.load(s, row * QUERIES + column));
        }
        VectorMath.max(VectorMath.max(a, b), VectorMath.max(c, d)).intoArray(maxima, column);
    }

    private static void exponentials(
            float[] s, int column, int count, float[] maxima, float[] totals) {
        FloatVector maximum = Lanes.load(maxima, column);
        FloatVector total = Lanes.load(totals, column);
        for (int row = 0; row < count; row++) {
            int index = row * QUERIES + column;
            FloatVector p = VectorMath.exp(Lanes.load(s, index).sub(maximum));
            p.intoArray(s, index);
            total = total.add(p);
        }
        total.intoArray(totals, column);
    }

    private void drop(KeepFactors dropout, int query, int column, int key, int count) {
        dropout.ofColumns(key, count, head.dropoutRow + query, words);
        drop(dropout, words, key & 3, KeepFactors.lanes(key, count), scores, column, count);
    }

    private static void drop(
            KeepFactors dropout,
            int[] words,
            int first,
            int lanes,
            float[] scores,
            int column,
            int count) {
        for (int row = 0; row < count; row++) {
            int index = row * QUERIES + column;
            Lanes.load(scores, index)
                    .mul(dropout.factor(words, lanes, first + row))
                    .intoArray(scores, index);
        }
    }

    private void clear(int column, int from, int to) {
        for (int row = from; row < to; row++) {
            Lanes.zero().intoArray(scores, row * QUERIES + column);
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

    private void store(int query, int count) {
        finish(maxima, totals);
        int width = panels * PANEL;
        HeadRows out = head.out;
        for (int i = 0; i < count; i++) {
            Packing.store(sums, i * width, head.size, totals[i], out.data(), out.at(query + i));
        }
        if (head.lse != null) {
            long offset = head.lseOffset + 4L * query;
            MemorySegment.copy(maxima, 0, head.lse, ValueLayout.JAVA_FLOAT, offset, count);
        }
    }

    /// Maxima become log-sum-exps, totals what sums are multiplied by.
    private static void finish(float[] maxima, float[] totals) {
        for (int i = 0; i < QUERIES; i += Lanes.COUNT) {
            FloatVector total = Lanes.load(totals, i);
            Lanes.load(maxima, i).add(VectorMath.log(total)).intoArray(maxima, i);
            Lanes.broadcast(1).div(total).intoArray(totals, i);
        }
    }
}
