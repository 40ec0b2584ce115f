package io.tornadogpt.cpu.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/// What becomes of a block of products of keys and queries before they are scores. Rows are keys,
/// queries lie in lanes; each method works on a vector of lanes, from row to row.
final class ScoreBlock {
    private static final int QUERIES = QueryBlock.QUERIES;

    private ScoreBlock() {}

    /// `s = cap * tanh(s / cap)`.
    static void cap(float[] scores, int column, int from, int to, float cap) {
        float inverse = 1 / cap;
        for (int row = from; row < to; row++) {
            int index = row * QUERIES + column;
            FloatVector t = VectorMath.tanh(Lanes.load(scores, index).mul(inverse));
            t.mul(cap).intoArray(scores, index);
        }
    }

    /// [#cap], and the derivatives of what it makes.
    static void cap(float[] scores, float[] derivatives, int column, int from, int to, float cap) {
        float inverse = 1 / cap;
        for (int row = from; row < to; row++) {
            int index = row * QUERIES + column;
            FloatVector t = VectorMath.tanh(Lanes.load(scores, index).mul(inverse));
            t.mul(cap).intoArray(scores, index);
            Lanes.broadcast(1).sub(t.mul(t)).intoArray(derivatives, index);
        }
    }

    /// `s += scale * (bias of the key - bias of the query)`.
    ///
    /// @param queries their biases
    /// @param key position of row 0
    static void bias(
            float[] scores,
            int column,
            int from,
            int to,
            float[] queries,
            Biases keys,
            int key,
            float scale) {
        FloatVector query = Lanes.load(queries, column);
        for (int row = from; row < to; row++) {
            int index = row * QUERIES + column;
            Lanes.broadcast(keys.at(key + row))
                    .sub(query)
                    .fma(Lanes.broadcast(scale), Lanes.load(scores, index))
                    .intoArray(scores, index);
        }
    }

    /// Sets scores to minus infinity where a lane's query does not see a row's key.
    ///
    /// @param key of row 0
    static void hide(float[] scores, int column, int from, int to, QueryBlock block, int key) {
        for (int row = Math.max(from, block.firstEnd(column) - key); row < to; row++) {
            hideLater(scores, row * QUERIES + column, block.ends, column, key + row);
        }
        int lastFirst = Math.min(to, block.lastFirst(column) - key);
        for (int row = from; row < lastFirst; row++) {
            hideEarlier(scores, row * QUERIES + column, block.firsts, column, key + row);
        }
    }

    private static void hideLater(float[] scores, int index, int[] ends, int column, int key) {
        IntVector end = IntVector.fromArray(Lanes.INTS, ends, column);
        Lanes.load(scores, index)
                .blend(
                        Float.NEGATIVE_INFINITY,
                        end.compare(VectorOperators.LE, key).cast(Lanes.FLOATS))
                .intoArray(scores, index);
    }

    private static void hideEarlier(float[] scores, int index, int[] firsts, int column, int key) {
        IntVector first = IntVector.fromArray(Lanes.INTS, firsts, column);
        Lanes.load(scores, index)
                .blend(
                        Float.NEGATIVE_INFINITY,
                        first.compare(VectorOperators.GT, key).cast(Lanes.FLOATS))
                .intoArray(scores, index);
    }

    /// Products of some rows and a panel of queries.
    ///
    /// @param rows of `size` floats; row `first` belongs to row 0 of the block
    /// @param columns the panel of queries
    /// @param from a multiple of [MicroKernel#ROWS]
    static void multiply(
            float[] rows,
            int first,
            int size,
            float[] columns,
            int column,
            int from,
            int to,
            float[] scores) {
        for (int i = from; i < to; i += MicroKernel.ROWS) {
            int tile = i * QUERIES + column;
            clearTile(scores, tile);
            int row = (first + i) * size;
            MicroKernel.rows(rows, row, size, columns, column * size, size, scores, tile, QUERIES);
        }
    }

    private static void clearTile(float[] tile, int start) {
        for (int i = 0; i < MicroKernel.ROWS; i++) {
            Lanes.zero().intoArray(tile, start + i * QUERIES);
            Lanes.zero().intoArray(tile, start + i * QUERIES + Lanes.COUNT);
        }
    }

    static void clear(float[] scores, int column, int from, int to) {
        for (int row = from; row < to; row++) {
            Lanes.zero().intoArray(scores, row * QUERIES + column);
        }
    }
}
