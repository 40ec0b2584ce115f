package io.tornadogpt.core.reference;

import io.tornadogpt.core.op.Attention.Columns;
import io.tornadogpt.core.op.CachedAttention;
import io.tornadogpt.core.tensor.BlockCodec;
import io.tornadogpt.core.tensor.DType;

import java.lang.foreign.MemorySegment;

/// Attention of new positions to the keys and values kept of all positions before.
final class CachedSelfAttention {
    private final CachedAttention op;
    private final int size; // D
    private final Matrix keyCache; // [N*KV*S, D]
    private final Matrix valueCache; // [N*KV*S, D]
    private final Integers slots; // [B]
    private final Integers positions; // [B*T]
    private final Scores scores;

    private CachedSelfAttention(CachedAttention op, Frame frame) {
        this.op = op;
        this.size = op.heads().size();
        this.keyCache = frame.matrix(op.keyCache());
        this.valueCache = frame.matrix(op.valueCache());
        this.slots = frame.integers(op.slots());
        this.positions = frame.integers(op.positions());
        this.scores = new Scores(op.heads(), op.view(), frame);
    }

    static void forward(CachedAttention op, Frame frame) {
        var attention = new CachedSelfAttention(op, frame);
        int rows = op.batch() * op.positionsPerRun();
        for (int row = 0; row < rows; row++) {
            if (attention.positions.get(row) >= 0) {
                attention.store(row, op.keys(), attention.keyCache, frame);
                attention.store(row, op.values(), attention.valueCache, frame);
            }
        }
        Matrix out = frame.matrix(op.out());
        for (int row = 0; row < rows; row++) {
            for (int h = 0; h < op.heads().count(); h++) {
                attention.attend(row, h, frame.matrix(op.queries().tensor()), out);
            }
        }
    }

    private int position(int row) {
        String limit = "the cache holds " + op.capacity() + " positions";
        return positions.below(op.capacity(), row, op.name(), limit);
    }

    private void store(int row, Columns vectors, Matrix cache, Frame frame) {
        Matrix from = frame.matrix(vectors.tensor());
        for (int kv = 0; kv < op.heads().keyValueCount(); kv++) {
            int cached = cacheRow(row, kv, position(row));
            double[] vector = new double[size];
            for (int d = 0; d < size; d++) {
                vector[d] = from.get(row, vectors.first() + kv * size + d);
            }
            round(vector);
            for (int d = 0; d < size; d++) {
                cache.set(cached, d, vector[d]);
            }
        }
    }

    /// To what the type of the caches holds.
    private void round(double... vector) {
        DType type = op.keyCache().dtype();
        if (!type.rounds()) {
            return;
        }
        var floats = new float[vector.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) vector[i];
        }
        var stored = MemorySegment.ofArray(new byte[Math.toIntExact(type.bytes(floats.length))]);
        if (type == DType.Q8_0) {
            BlockCodec.encodeComputed(floats, 0, floats.length, stored, 0);
        } else {
            stored.copyFrom(type.encode(floats));
        }
        float[] rounded = type.decode(stored);
        for (int i = 0; i < vector.length; i++) {
            vector[i] = rounded[i];
        }
    }

    private void attend(int row, int h, Matrix queries, Matrix out) {
        int kv = scores.keyValueHead(h);
        int last = positions.get(row) < 0 ? -1 : position(row);
        int first = last < 0 ? 0 : scores.first(row, last);
        double[] p = new double[last + 1]; // scores, then probabilities
        double max = Double.NEGATIVE_INFINITY;
        for (int j = first; j <= last; j++) {
            double product = 0;
            for (int d = 0; d < size; d++) {
                double query = queries.get(row, op.queries().first() + h * size + d);
                product += query * keyCache.get(cacheRow(row, kv, j), d);
            }
            p[j] = scores.score(product, h, last, j);
            max = Math.max(max, p[j]);
        }
        double sum = 0;
        for (int j = first; j <= last; j++) {
            p[j] = Math.exp(p[j] - max);
            sum += p[j];
        }
        for (int d = 0; d < size; d++) {
            double attended = 0;
            for (int j = first; j <= last; j++) {
                attended += p[j] / sum * valueCache.get(cacheRow(row, kv, j), d);
            }
            out.set(row, h * size + d, attended);
        }
    }

    /// The row of the caches that holds position j of the sequence that `row` belongs to.
    private int cacheRow(int row, int kv, int j) {
        int sequence = row / op.positionsPerRun();
        String limit = "the cache has " + op.slotCount() + " slots";
        int slot = slots.below(op.slotCount(), sequence, op.name(), limit);
        return (slot * op.heads().keyValueCount() + kv) * op.capacity() + j;
    }
}
