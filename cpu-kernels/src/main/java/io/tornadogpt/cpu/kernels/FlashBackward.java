package io.tornadogpt.cpu.kernels;

import jdk.incubator.vector.FloatVector;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// The gradient of the heads that share a head of keys and values, probabilities recomputed from
/// `lse` block by block (Dao et al., 2022). One thread does all of them, one after the other, so
/// sums over queries have one order.
///
/// As in [FlashForward], blocks of scores are keys by queries with queries in lanes: that is the
/// shape that `dV += P^T . dOut` and `dK += dS^T . Q` read by rows and `dQ = dS . K` by strips of
/// columns.
final class FlashBackward {
    /// One head of queries; rows as in [FlashForward.Head].
    ///
    /// @param dQ assigned
    /// @param lse at byte `lseOffset`, one a query
    record Head(
            HeadRows q,
            HeadRows out,
            HeadRows dOut,
            HeadRows dQ,
            MemorySegment lse,
            long lseOffset,
            @Nullable Biases biases,
            int dropoutRow) {}

    private static final int QUERIES = QueryBlock.QUERIES;
    private static final int PANEL = MicroKernel.COLUMNS;
    private static final int ROWS = MicroKernel.ROWS;

    /// Keys in a block: with QUERIES, its probabilities and their gradients stay in the L1 cache.
    private static final int KEYS = 48;

    private final Heads heads;
    private final VisibleKeys visible;

    /// T.
    private final int positions;

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
    private final float[] capDerivatives;
    private final float[] dQueries;
    private final QueryBlock block = new QueryBlock();
    private final float[] lse = new float[QUERIES];
    private final float[] delta = new float[QUERIES];
    private final @Nullable KeepFactors dropout;
    private final int[] words;

    /// Prepares the keys and values of a sequence.
    ///
    /// @param k keys, a row for each position
    /// @param v values
    /// @param dropout of probabilities, or null
    FlashBackward(
            Heads heads,
            HeadRows k,
            HeadRows v,
            VisibleKeys visible,
            @Nullable KeepFactors dropout,
            Scratch scratch) {
        this.heads = heads;
        this.dropout = dropout;
        words = new int[dropout == null ? 0 : KeepFactors.wordsOfColumns(KEYS)];
        this.visible = visible;
        int t = visible.keys();
        int d = heads.size();
        positions = t;
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
        keep = scratch.floats(11, KEYS * QUERIES);
        dQueries = scratch.floats(12, QUERIES * width);
        strip = scratch.floats(13, KEYS * MicroKernel.STRIP);
        capDerivatives = scratch.floats(14, heads.cap() > 0 ? KEYS * QUERIES : 0);
        Packing.rows(k.data(), k.at(0), k.stride(), t, d, keyRows, 0);
        Packing.rows(v.data(), v.at(0), v.stride(), t, d, valueRows, 0);
        panels(k, 0, t, 1, keyPanels);
        Arrays.fill(dKeys, 0, t * width, 0);
        Arrays.fill(dValues, 0, t * width, 0);
    }

    /// Computes the gradient of a head's queries and adds its part to those of keys and values.
    void run(Head head) {
        for (int query = 0; query < positions; query += QUERIES) {
            block(head, query, Math.min(QUERIES, positions - query));
        }
    }

    /// Stores the gradients of keys and values.
    void store(HeadRows dK, HeadRows dV) {
        for (int i = 0; i < positions; i++) {
            store(dKeys, i, 1, dK, i);
            store(dValues, i, 1, dV, i);
        }
    }

    private void store(float[] from, int row, float scale, HeadRows to, int toRow) {
        Packing.store(from, row * width, heads.size(), scale, to.data(), to.at(toRow));
    }

    /// Packs rows as a right matrix whose k are the rows.
    private void panels(HeadRows rows, int first, int count, float scale, float[] to) {
        for (int j = 0; j < heads.size(); j += PANEL) {
            Packing.panel(
                    rows.data(),
                    rows.at(first) + 4L * j,
                    rows.stride(),
                    count,
                    Math.min(PANEL, heads.size() - j),
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
                    heads.size(),
                    Math.min(PANEL, count - i),
                    scale,
                    to,
                    i * heads.size());
        }
    }

    private void block(Head head, int query, int count) {
        panels(head.q, query, count, heads.scale(), queryPanels);
        columns(head.q, query, count, heads.scale(), queryColumns);
        panels(head.dOut, query, count, 1, dOutPanels);
        columns(head.dOut, query, count, 1, dOutColumns);
        for (int i = 0; i < count; i++) {
            lse[i] = head.lse.get(ValueLayout.JAVA_FLOAT, head.lseOffset + 4L * (query + i));
            delta[i] = dot(head.dOut, head.out, query + i);
        }
        Arrays.fill(dQueries, 0, QUERIES * width, 0);
        block.set(visible, query, count);
        if (head.biases != null) {
            block.set(head.biases, visible, query);
        }
        int end = block.end(0, count);
        for (int key = block.first(0, count); key < end; key += KEYS) {
            keyBlock(head, query, count, key, Math.min(KEYS, end - key));
        }
        for (int i = 0; i < count; i++) {
            store(dQueries, i, heads.scale(), head.dQ, query + i);
        }
    }

    private float dot(HeadRows a, HeadRows b, int row) {
        FloatVector sum = Lanes.zero();
        int whole = Lanes.FLOATS.loopBound(heads.size());
        for (int i = 0; i < whole; i += Lanes.COUNT) {
            sum =
                    Lanes.load(a.data(), a.at(row) + 4L * i)
                            .fma(Lanes.load(b.data(), b.at(row) + 4L * i), sum);
        }
        float total = Lanes.sum(sum);
        for (int i = whole; i < heads.size(); i++) {
            float left = a.data().get(ValueLayout.JAVA_FLOAT, a.at(row) + 4L * i);
            float right = b.data().get(ValueLayout.JAVA_FLOAT, b.at(row) + 4L * i);
            total = Math.fma(left, right, total);
        }
        return total;
    }

    private void keyBlock(Head head, int query, int count, int key, int keyCount) {
        int d = heads.size();
        for (int i = 0; i < count; i += PANEL) {
            int first = Math.clamp((long) block.first(i, i + PANEL) - key, 0, keyCount);
            int start = first / ROWS * ROWS;
            int end = Math.clamp((long) block.end(i, i + PANEL) - key, start, keyCount);
            ScoreBlock.multiply(keyRows, key, d, queryColumns, i, start, end, probabilities);
            ScoreBlock.multiply(valueRows, key, d, dOutColumns, i, start, end, dScores);
            for (int column = i; column < i + PANEL; column += Lanes.COUNT) {
                lanes(head, query, column, key, start, end);
                clear(column, 0, start);
                clear(column, end, Packing.roundUp(keyCount, ROWS));
            }
        }
        addToKeysAndValues(count, key, keyCount);
        addToQueries(count, key, keyCount);
    }

    /// Products to probabilities and gradients of scores, in a vector of lanes.
    private void lanes(Head head, int query, int column, int key, int from, int to) {
        float[] p = probabilities;
        boolean capped = heads.cap() > 0;
        if (capped) {
            ScoreBlock.cap(p, capDerivatives, column, from, to, heads.cap());
        }
        if (head.biases != null) {
            float[] queries = block.biases;
            ScoreBlock.bias(p, column, from, to, queries, head.biases, key, heads.scale());
        }
        ScoreBlock.hide(p, column, from, to, block, key);
        if (dropout == null) {
            differentiate(column, from, to);
        } else {
            int row = head.dropoutRow + query + column;
            fillKeep(dropout, row, column, key, from, to);
            differentiateDropped(column, from, to);
        }
        if (capped) {
            multiply(dScores, capDerivatives, column, from, to);
        }
    }

    private static void multiply(float[] a, float[] b, int column, int from, int to) {
        for (int row = from; row < to; row++) {
            int index = row * QUERIES + column;
            Lanes.load(a, index).mul(Lanes.load(b, index)).intoArray(a, index);
        }
    }

    /// Scores to probabilities, and the gradients of probabilities to those of scores.
    private void differentiate(int column, int from, int to) {
        float[] p = probabilities;
        float[] d = dScores;
        FloatVector sumExp = Lanes.load(lse, column);
        FloatVector deltas = Lanes.load(delta, column);
        for (int row = from; row < to; row++) {
            int index = row * QUERIES + column;
            FloatVector probability = VectorMath.exp(Lanes.load(p, index).sub(sumExp));
            probability.intoArray(p, index);
            Lanes.load(d, index).sub(deltas).mul(probability).intoArray(d, index);
        }
    }

    /// As [#differentiate], with dropout's factors in `keep`.
    private void differentiateDropped(int column, int from, int to) {
        float[] p = probabilities;
        float[] d = dScores;
        FloatVector sumExp = Lanes.load(lse, column);
        FloatVector deltas = Lanes.load(delta, column);
        for (int row = from; row < to; row++) {
            int index = row * QUERIES + column;
            FloatVector factor = Lanes.load(keep, index);
            FloatVector probability = VectorMath.exp(Lanes.load(p, index).sub(sumExp));
            probability.mul(factor).intoArray(p, index);
            FloatVector gradient = Lanes.load(d, index).mul(factor);
            gradient.sub(deltas).mul(probability).intoArray(d, index);
        }
    }

    private void fillKeep(
            KeepFactors dropout, int firstRow, int column, int key, int from, int to) {
        int first = key + from;
        dropout.ofColumns(first, to - from, firstRow, words);
        int lanes = KeepFactors.lanes(first, to - from);
        for (int row = from; row < to; row++) {
            dropout.factor(words, lanes, (first & 3) + row - from)
                    .intoArray(keep, row * QUERIES + column);
        }
    }

    /// Rows that no query of the panel sees, to the end of the last tile, count for nothing.
    private void clear(int column, int from, int to) {
        for (int row = from; row < to; row++) {
            Lanes.zero().intoArray(probabilities, row * QUERIES + column);
            Lanes.zero().intoArray(dScores, row * QUERIES + column);
        }
    }

    private void addToKeysAndValues(int count, int key, int keyCount) {
        for (int j = 0; j < keyCount; j += ROWS) {
            // Queries that see none of these keys have zeros there.
            int first = block.firstLane(key + j, key + j + ROWS);
            int depth = block.lastLane(key + j, key + j + ROWS) - first;
            for (int column = 0; column < width && depth > 0; column += PANEL) {
                int panel = column * count + first * PANEL;
                int to = (key + j) * width + column;
                int tile = j * QUERIES + first;
                MicroKernel.rows(
                        probabilities, tile, QUERIES, dOutPanels, panel, depth, dValues, to, width);
                MicroKernel.rows(
                        dScores, tile, QUERIES, queryPanels, panel, depth, dKeys, to, width);
            }
        }
    }

    private void addToQueries(int count, int key, int keyCount) {
        for (int i = 0; i < count; i += ROWS) {
            int start = Math.clamp((long) block.first(i, i + ROWS) - key, 0, keyCount);
            int depth = Math.clamp((long) block.end(i, i + ROWS) - key, start, keyCount) - start;
            if (depth == 0) {
                continue;
            }
            Packing.strip(dScores, start * QUERIES + i, depth, strip);
            for (int column = 0; column < width; column += PANEL) {
                int panel = column * positions + (key + start) * PANEL;
                int to = i * width + column;
                MicroKernel.strip(strip, 0, 1, keyPanels, panel, depth, dQueries, to, width);
            }
        }
    }
}
