package io.tornadogpt.core.reference;

import io.tornadogpt.core.op.MeanPool;
import io.tornadogpt.core.op.RowSum;
import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

/// Sums over the positions of a sequence.
final class Pooling {
    private Pooling() {}

    static void mean(MeanPool op, Frame frame) {
        int positions = op.x().shape().dimension(1);
        Matrix x = frame.matrix(op.x());
        Matrix out = frame.matrix(op.out());
        Integers lengths = frame.integers(op.lengths());
        for (int b = 0; b < out.rows(); b++) {
            int length = length(op.name(), lengths, b, positions);
            for (int c = 0; c < out.columns(); c++) {
                double sum = 0;
                for (int t = 0; t < length; t++) {
                    sum += x.get(b * positions + t, c);
                }
                out.set(b, c, length == 0 ? 0 : sum / length);
            }
        }
    }

    static void meanBackward(MeanPool.Backward op, Frame frame) {
        int positions = op.dX().shape().dimension(1);
        Matrix dOut = frame.matrix(op.dOut());
        Matrix dX = frame.matrix(op.dX());
        Integers lengths = frame.integers(op.lengths());
        for (int row = 0; row < dX.rows(); row++) {
            int b = row / positions;
            int length = length(op.name(), lengths, b, positions);
            for (int c = 0; c < dX.columns(); c++) {
                dX.set(row, c, row % positions < length ? dOut.get(b, c) / length : 0);
            }
        }
    }

    private static int length(String op, Integers lengths, int sequence, int positions) {
        return lengths.below(
                positions + 1, sequence, op, "a sequence has " + positions + " positions");
    }

    static void sum(RowSum op, Frame frame) {
        Matrix out = frame.matrix(op.out());
        Matrix x = rows(frame.matrix(op.x()), out);
        Matrix weights = weights(op.weights(), out, frame);
        for (int row = 0; row < x.rows(); row++) {
            double sum = 0;
            for (int c = 0; c < x.columns(); c++) {
                sum += (weights == null ? 1 : weights.get(row, c)) * x.get(row, c);
            }
            out.set(row, sum);
        }
    }

    static void sumBackward(RowSum.Backward op, Frame frame) {
        Matrix dOut = frame.matrix(op.dOut());
        Matrix dX = rows(frame.matrix(op.dX()), dOut);
        Matrix weights = weights(op.weights(), dOut, frame);
        for (int row = 0; row < dX.rows(); row++) {
            for (int c = 0; c < dX.columns(); c++) {
                dX.set(row, c, (weights == null ? 1 : weights.get(row, c)) * dOut.get(row));
            }
        }
    }

    /// As many rows as there are sums.
    private static Matrix rows(Matrix matrix, Matrix sums) {
        return matrix.withColumns(Math.toIntExact(matrix.size() / sums.size()));
    }

    private static @Nullable Matrix weights(@Nullable Tensor weights, Matrix sums, Frame frame) {
        return weights == null ? null : rows(frame.matrix(weights), sums);
    }
}
