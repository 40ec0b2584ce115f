package io.tornadogpt.core.reference;

import io.tornadogpt.core.op.CachedAttention;

/// Attention of new positions to the keys and values kept of all positions before.
final class CachedSelfAttention {
    private final CachedAttention op;
    private final int positions;
    private final int headSize;
    private final Matrix qkv; // [B*T, 3C]
    private final Matrix keys; // [B*H*S, D]
    private final Matrix values; // [B*H*S, D]
    private final Integers places; // [B*T]
    private final int window;

    private CachedSelfAttention(CachedAttention op, Frame frame) {
        this.op = op;
        this.positions = op.positionsPerRun();
        this.headSize = op.channels() / op.heads().count();
        this.qkv = frame.matrix(op.qkv());
        this.keys = frame.matrix(op.keyCache());
        this.values = frame.matrix(op.valueCache());
        this.places = frame.integers(op.positions());
        this.window = SelfAttention.window(op.heads(), frame);
    }

    static void forward(CachedAttention op, Frame frame) {
        var attention = new CachedSelfAttention(op, frame);
        for (int row = 0; row < op.batch() * attention.positions; row++) {
            attention.store(row);
        }
        Matrix out = frame.matrix(op.out());
        for (int row = 0; row < op.batch() * attention.positions; row++) {
            for (int h = 0; h < op.heads().count(); h++) {
                attention.attend(row, h, out);
            }
        }
    }

    private int place(int row) {
        String limit = "the cache holds " + op.capacity() + " positions";
        return places.below(op.capacity(), row, op.name(), limit);
    }

    private void store(int row) {
        for (int h = 0; h < op.heads().count(); h++) {
            int cached = cacheRow(row, h, place(row));
            for (int d = 0; d < headSize; d++) {
                int column = h * headSize + d;
                keys.set(cached, d, qkv.get(row, op.channels() + column));
                values.set(cached, d, qkv.get(row, 2 * op.channels() + column));
            }
        }
    }

    private void attend(int row, int h, Matrix out) {
        int last = place(row);
        int first = SelfAttention.first(last, window);
        double[] p = new double[last + 1]; // scores, then probabilities
        double max = Double.NEGATIVE_INFINITY;
        for (int j = first; j <= last; j++) {
            p[j] = score(row, h, j);
            max = Math.max(max, p[j]);
        }
        double sum = 0;
        for (int j = first; j <= last; j++) {
            p[j] = Math.exp(p[j] - max);
            sum += p[j];
        }
        for (int d = 0; d < headSize; d++) {
            double attended = 0;
            for (int j = first; j <= last; j++) {
                attended += p[j] / sum * values.get(cacheRow(row, h, j), d);
            }
            out.set(row, h * headSize + d, attended);
        }
    }

    private double score(int row, int h, int j) {
        double sum = 0;
        for (int d = 0; d < headSize; d++) {
            sum += qkv.get(row, h * headSize + d) * keys.get(cacheRow(row, h, j), d);
        }
        return op.heads().scale() * sum;
    }

    /// The row of the caches that holds position j of the sequence that `row` belongs to.
    private int cacheRow(int row, int h, int j) {
        int b = row / positions;
        return (b * op.heads().count() + h) * op.capacity() + j;
    }
}
