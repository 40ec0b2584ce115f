package io.tornadogpt.cpu.kernels;

import jdk.incubator.vector.FloatVector;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// The gradient of one head of causal attention, probabilities recomputed from `lse` block by block
/// (Dao et al., 2022). One thread does a whole head, so sums over queries have one order.
///
/// As in [FlashForward], blocks of scores are keys by queries with queries in lanes: that is the
/// shape that `dV += P^T . dOut` and `dK += dS^T . Q` read by rows and `dQ = dS . K` by strips of
/// columns.
final class FlashBackward {
    /// One head; rows as in [FlashForward.Head], gradients assigned.
    ///
    /// @param lse at byte `lseOffset`, one a query
    record Head(
            HeadRows q,
            HeadRows k,
            HeadRows v,
            HeadRows out,
            HeadRows dOut,
            HeadRows dQ,
            HeadRows dK,
            HeadRows dV,
            MemorySegment lse,
            long lseOffset,
            int positions,
            int size,
            float scale,
            int window,
            @Nullable KeepFactors dropout,
            int dropoutRow) {}

    private static final int QUERIES = FlashForward.QUERIES;
    private static final int PANEL = MicroKernel.COLUMNS;
    private static final int ROWS = MicroKernel.ROWS;

    /// Keys in a block: with QUERIES, its probabilities and their gradients stay in the L1 cache.
    private static final int KEYS = 48;

    private final Head head;
    private final int width;
    private final float[] keyRows;
    private final float[] valueRows;
    private final float[] keyPanels;
    private final float[] dKeys;
    private final float[] dValues;
    private final float[] queryColumns;
    private final float[] queryPanels;
    private final float[] dOutColumns;
    private final float[] dOutPanels;
    private final float[] probabilities;
    private final float[] dScores;
    private final float[] strip;
    private final float[] keep;
    private final float[] dQueries;
    private final float[] lse = new float[QUERIES];
    private final float[] delta = new float[QUERIES];
    private final int[] words;

    FlashBackward(Head head, Scratch scratch) {
        this.head = head;
        int t = head.positions;
        int d = head.size;
        width = Packing.roundUp(d, PANEL);
        keyRows = scratch.floats(0, (t + ROWS) * d);
        valueRows = scratch.floats(1, (t + ROWS) * d);
        keyPanels = scratch.floats(2, t * width);
        dKeys = scratch.floats(3, (t + ROWS) * width);
        dValues = scratch.floats(4, (t + ROWS) * width);
        queryColumns = scratch.floats(5, QUERIES * d);
        queryPanels = scratch.floats(6, QUERIES * width);
        dOutColumns = scratch.floats(7, QUERIES * d);
        dOutPanels = scratch.floats(8, QUERIES * width);
        probabilities = scratch.floats(9, KEYS * QUERIES);
        dScores = scratch.floats(10, KEYS * QUERIES + Lanes.COUNT);
        strip = scratch.floats(13, KEYS * MicroKernel.STRIP);
        keep = scratch.floats(11, KEYS * QUERIES);
        dQueries = scratch.floats(12, QUERIES * width);
        words = new int[head.dropout == null ? 0 : KeepFactors.wordsOfColumns(KEYS)];
    }

    void run() {
        int t = head.positions;
        int d = head.size;
        Packing.rows(head.k.data(), head.k.at(0), head.k.stride(), t, d, keyRows, 0);
        Packing.rows(head.v.data(), head.v.at(0), head.v.stride(), t, d, valueRows, 0);
        panels(head.k, 0, t, 1, keyPanels);
        Arrays.fill(dKeys, 0, t * width, 0);
        Arrays.fill(dValues, 0, t * width, 0);
        for (int query = 0; query < t; query += QUERIES) {
            block(query, Math.min(QUERIES, t - query));
        }
        for (int i = 0; i < t; i++) {
            store(dKeys, i, 1, head.dK, i);
            store(dValues, i, 1, head.dV, i);
        }
    }

    private void store(float[] from, int row, float scale, HeadRows to, int toRow) {
        Packing.store(from, row * width, head.size, scale, to.data(), to.at(toRow));
    }

    /// Packs rows as a right matrix whose k are the rows.
    private void panels(HeadRows rows, int first, int count, float scale, float[] to) {
        for (int j = 0; j < head.size; j += PANEL) {
            Packing.panel(
                    rows.data(),
                    rows.at(first) + 4L * j,
                    rows.stride(),
                    count,
                    Math.min(PANEL, head.size - j),
                    scale,
                    to,
                    j * count);
        }
    }

    /// Packs rows as a right matrix whose columns are the rows.
    private void columns(HeadRows rows, int first, int count, float scale, float[] to) {
        for (int i = 0; i < count; i += PANEL) {
            Packing.transposedPanel(
                    rows.data(),
                    rows.at(first + i),
                    rows.stride(),
                    head.size,
                    Math.min(PANEL, count - i),
                    scale,
                    to,
                    i * head.size);
        }
    }

    private void block(int query, int count) {
        panels(head.q, query, count, head.scale, queryPanels);
        columns(head.q, query, count, head.scale, queryColumns);
        panels(head.dOut, query, count, 1, dOutPanels);
        columns(head.dOut, query, count, 1, dOutColumns);
        for (int i = 0; i < count; i++) {
            lse[i] = head.lse.get(ValueLayout.JAVA_FLOAT, head.lseOffset + 4L * (query + i));
            delta[i] = dot(head.dOut, head.out, query + i);
        }
        Arrays.fill(dQueries, 0, QUERIES * width, 0);
        int first = head.window == 0 ? 0 : Math.max(0, query - head.window + 1);
        for (int key = first; key < query + count; key += KEYS) {
            keyBlock(query, count, key, Math.min(KEYS, query + count - key));
        }
        for (int i = 0; i < count; i++) {
            store(dQueries, i, head.scale, head.dQ, query + i);
        }
    }

    private float dot(HeadRows a, HeadRows b, int row) {
        FloatVector sum = Lanes.zero();
        int whole = Lanes.FLOATS.loopBound(head.size);
        for (int i = 0; i < whole; i += Lanes.COUNT) {
            sum =
                    Lanes.load(a.data(), a.at(row) + 4L * i)
                            .fma(Lanes.load(b.data(), b.at(row) + 4L * i), sum);
        }
        float total = Lanes.sum(sum);
        for (int i = whole; i < head.size; i++) {
            float left = a.data().get(ValueLayout.JAVA_FLOAT, a.at(row) + 4L * i);
            float right = b.data().get(ValueLayout.JAVA_FLOAT, b.at(row) + 4L * i);
            total = Math.fma(left, right, total);
        }
        return total;
    }

    private void keyBlock(int query, int count, int key, int keyCount) {
        for (int i = 0; i < count; i += PANEL) {
            int last = query + Math.min(i + PANEL, count) - 1;
            int visible = Math.clamp(last + 1L - key, 0, keyCount);
            product(keyRows, key, queryColumns, i, visible, probabilities);
            product(valueRows, key, dOutColumns, i, visible, dScores);
            for (int column = i; column < i + PANEL; column += Lanes.COUNT) {
                FlashForward.hide(probabilities, column, query + column, key, visible, head.window);
                if (head.dropout == null) {
                    differentiate(column, visible);
                } else {
                    fillKeep(head.dropout, query + column, column, key, visible);
                    differentiateDropped(column, visible);
                }
                clear(column, visible, Packing.roundUp(keyCount, ROWS));
            }
        }
        addToKeysAndValues(query, count, key, keyCount);
        addToQueries(query, count, key, keyCount);
    }

    /// Products of a panel of queries and `count` rows from `row` on.
    private void product(
            float[] rows, int row, float[] columns, int column, int count, float[] to) {
        int d = head.size;
        for (int i = 0; i < count; i += ROWS) {
            FlashForward.clearTile(to, i * QUERIES + column);
            MicroKernel.rows(
                    rows,
                    (row + i) * d,
                    d,
                    columns,
                    column * d,
                    d,
                    to,
                    i * QUERIES + column,
                    QUERIES);
        }
    }

    /// Scores to probabilities, and the gradients of probabilities to those of scores.
    private void differentiate(int column, int count) {
        float[] p = probabilities;
        float[] d = dScores;
        FloatVector sumExp = Lanes.load(lse, column);
        FloatVector deltas = Lanes.load(delta, column);
        for (int row = 0; row < count; row++) {
            int index = row * QUERIES + column;
            FloatVector probability = VectorMath.exp(Lanes.load(p, index).sub(sumExp));
            probability.intoArray(p, index);
            Lanes.load(d, index).sub(deltas).mul(probability).intoArray(d, index);
        }
    }

    /// As [#differentiate], with dropout's factors in `keep`.
    private void differentiateDropped(int column, int count) {
        float[] p = probabilities;
        float[] d = dScores;
        FloatVector sumExp = Lanes.load(lse, column);
        FloatVector deltas = Lanes.load(delta, column);
        for (int row = 0; row < count; row++) {
            int index = row * QUERIES + column;
            FloatVector factor = Lanes.load(keep, index);
            FloatVector probability = VectorMath.exp(Lanes.load(p, index).sub(sumExp));
            probability.mul(factor).intoArray(p, index);
            FloatVector gradient = Lanes.load(d, index).mul(factor);
            gradient.sub(deltas).mul(probability).intoArray(d, index);
        }
    }

    private void fillKeep(KeepFactors dropout, int query, int column, int key, int count) {
        dropout.ofColumns(key, count, head.dropoutRow + query, words);
        int first = key & 3;
        int lanes = KeepFactors.lanes(key, count);
        for (int row = 0; row < count; row++) {
            dropout.factor(words, lanes, first + row).intoArray(keep, row * QUERIES + column);
        }
    }

    /// Rows that no query of the panel sees, to the end of the last tile, count for nothing.
    private void clear(int column, int from, int to) {
        for (int row = from; row < to; row++) {
            Lanes.zero().intoArray(probabilities, row * QUERIES + column);
            Lanes.zero().intoArray(dScores, row * QUERIES + column);
        }
    }

    private void addToKeysAndValues(int query, int count, int key, int keyCount) {
        for (int j = 0; j < keyCount; j += ROWS) {
            int from = Math.max(0, key + j - query); // earlier queries do not see these keys
            int depth = count - from;
            for (int column = 0; column < width; column += PANEL) {
                int panel = column * count + from * PANEL;
                int to = (key + j) * width + column;
                int tile = j * QUERIES + from;
                MicroKernel.rows(
                        probabilities, tile, QUERIES, dOutPanels, panel, depth, dValues, to, width);
                MicroKernel.rows(
                        dScores, tile, QUERIES, queryPanels, panel, depth, dKeys, to, width);
            }
        }
    }

    private void addToQueries(int query, int count, int key, int keyCount) {
        for (int i = 0; i < count; i += ROWS) {
            int depth = Math.clamp(query + i + (long) ROWS - key, 0, keyCount);
            Packing.strip(dScores, i, depth, strip);
            for (int column = 0; column < width; column += PANEL) {
                MicroKernel.strip(
                        strip,
                        0,
                        1,
                        keyPanels,
                        column * head.positions + key * PANEL,
                        depth,
                        dQueries,
                        i * width + column,
                        width);
            }
        }
    }
}
