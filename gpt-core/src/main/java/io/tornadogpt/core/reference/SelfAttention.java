package io.tornadogpt.core.reference;

import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.op.Attention.Columns;
import io.tornadogpt.core.op.Attention.Heads;
import io.tornadogpt.core.op.Attention.View;
import io.tornadogpt.core.op.Dropout;

import org.jspecify.annotations.Nullable;

/// Self-attention in the textbook's form, for one sequence and head at a time:
///
/// ```
/// S = cap(scale * Q . K^T) + scale * (bias[j] - bias[i])    -infinity where position i does not see j
/// P = softmax(S)                                            row by row
/// out = (M * P) . V                                         M the dropout mask: 0 or 1 / (1 - p)
/// ```
final class SelfAttention {
    private final Vectors queries;
    private final Vectors keys;
    private final Vectors values;
    private final int batch;
    private final int positions;
    private final Heads heads;
    private final Scores scores;
    private final @Nullable RandomMask dropout;

    /// Head vectors in some columns of a matrix.
    private record Vectors(Matrix matrix, int first, int size) {
        Vectors(Columns columns, int size, Frame frame) {
            this(frame.matrix(columns.tensor()), columns.first(), size);
        }

        double get(int row, int head, int d) {
            return matrix.get(row, first + head * size + d);
        }

        void add(int row, int head, int d, double value) {
            matrix.add(row, first + head * size + d, value);
        }

        void clear() {
            for (long i = 0; i < matrix.size(); i++) {
                matrix.set(i, 0);
            }
        }
    }

    private SelfAttention(
            Columns queries,
            Columns keys,
            Columns values,
            Heads heads,
            View view,
            Dropout.@Nullable Mask dropout,
            Frame frame) {
        this.queries = new Vectors(queries, heads.size(), frame);
        this.keys = new Vectors(keys, heads.size(), frame);
        this.values = new Vectors(values, heads.size(), frame);
        this.batch = queries.tensor().shape().dimension(0);
        this.positions = queries.tensor().shape().dimension(1);
        this.heads = heads;
        this.scores = new Scores(heads, view, frame);
        this.dropout = RandomMask.of(dropout, frame);
    }

    static void forward(Attention op, Frame frame) {
        var attention =
                new SelfAttention(
                        op.queries(),
                        op.keys(),
                        op.values(),
                        op.heads(),
                        op.view(),
                        op.dropout(),
                        frame);
        Matrix out = frame.matrix(op.out());
        Matrix lse = frame.matrix(op.lse());
        for (int b = 0; b < attention.batch; b++) {
            for (int h = 0; h < op.heads().count(); h++) {
                attention.forward(b, h, out, lse);
            }
        }
    }

    private void forward(int b, int h, Matrix out, Matrix lse) {
        int kv = scores.keyValueHead(h);
        for (int i = 0; i < positions; i++) {
            int row = b * positions + i;
            int first = scores.first(row, i);
            int end = scores.end(row, i, positions);
            double rowLse = logSumExp(row, h, first, end);
            lse.set(b * heads.count() + h, i, rowLse);
            double[] kept = new double[positions]; // M * P
            for (int j = first; j < end; j++) {
                kept[j] = keep(b, h, i, j) * Math.exp(score(row, h, j) - rowLse);
            }
            for (int d = 0; d < heads.size(); d++) {
                double sum = 0;
                for (int j = first; j < end; j++) {
                    sum += kept[j] * values.get(b * positions + j, kv, d);
                }
                out.set(row, h * heads.size() + d, sum);
            }
        }
    }

    /// With dO the gradient of out:
    ///
    /// ```
    /// dV = (M * P)^T . dO
    /// dP = M * (dO . V^T)
    /// dS = P * (dP - rowsum(P * dP))                  the gradient of softmax
    /// dQ = (cap' * scale * dS) . K,  dK = (cap' * scale * dS)^T . Q
    /// ```
    static void backward(Attention.Backward op, Frame frame) {
        var attention =
                new SelfAttention(
                        op.queries(),
                        op.keys(),
                        op.values(),
                        op.heads(),
                        op.view(),
                        op.dropout(),
                        frame);
        int size = op.heads().size();
        var gradients =
                new Gradients(
                        new Vectors(op.dQueries(), size, frame),
                        new Vectors(op.dKeys(), size, frame),
                        new Vectors(op.dValues(), size, frame));
        gradients.clear();
        Matrix lse = frame.matrix(op.lse());
        var dOut = new Vectors(frame.matrix(op.dOut()), 0, size);
        for (int b = 0; b < attention.batch; b++) {
            for (int h = 0; h < op.heads().count(); h++) {
                for (int i = 0; i < attention.positions; i++) {
                    double rowLse = lse.get(b * op.heads().count() + h, i);
                    attention.backward(b, h, i, dOut, rowLse, gradients);
                }
            }
        }
    }

    private record Gradients(Vectors dQueries, Vectors dKeys, Vectors dValues) {
        void clear() {
            dQueries.clear();
            dKeys.clear();
            dValues.clear();
        }
    }

    private void backward(int b, int h, int i, Vectors dOut, double rowLse, Gradients gradients) {
        int row = b * positions + i;
        int first = scores.first(row, i);
        int end = scores.end(row, i, positions);
        double[] mask = new double[positions];
        double[] p = new double[positions];
        double[] dP = new double[positions];
        double sum = 0;
        for (int j = first; j < end; j++) {
            mask[j] = keep(b, h, i, j);
            p[j] = Math.exp(score(row, h, j) - rowLse);
            dP[j] = mask[j] * dotOfGradientAndValue(row, h, j, dOut);
            sum += p[j] * dP[j];
        }
        int kv = scores.keyValueHead(h);
        for (int j = first; j < end; j++) {
            int rowJ = b * positions + j;
            double dProduct = scores.derivative(product(row, h, j)) * p[j] * (dP[j] - sum);
            for (int d = 0; d < heads.size(); d++) {
                gradients.dQueries.add(row, h, d, dProduct * keys.get(rowJ, kv, d));
                gradients.dKeys.add(rowJ, kv, d, dProduct * queries.get(row, h, d));
                gradients.dValues.add(rowJ, kv, d, mask[j] * p[j] * dOut.get(row, h, d));
            }
        }
    }

    private double dotOfGradientAndValue(int row, int h, int j, Vectors dOut) {
        int rowJ = row / positions * positions + j;
        double sum = 0;
        for (int d = 0; d < heads.size(); d++) {
            sum += dOut.get(row, h, d) * values.get(rowJ, scores.keyValueHead(h), d);
        }
        return sum;
    }

    /// 0 where nothing is seen.
    private double logSumExp(int row, int h, int first, int end) {
        if (first >= end) {
            return 0;
        }
        double max = Double.NEGATIVE_INFINITY;
        for (int j = first; j < end; j++) {
            max = Math.max(max, score(row, h, j));
        }
        double sum = 0;
        for (int j = first; j < end; j++) {
            sum += Math.exp(score(row, h, j) - max);
        }
        return max + Math.log(sum);
    }

    private double score(int row, int h, int j) {
        return scores.score(product(row, h, j), h, row, row / positions * positions + j);
    }

    private double product(int row, int h, int j) {
        int rowJ = row / positions * positions + j;
        double sum = 0;
        for (int d = 0; d < heads.size(); d++) {
            sum += queries.get(row, h, d) * keys.get(rowJ, scores.keyValueHead(h), d);
        }
        return sum;
    }

    private double keep(int b, int h, int i, int j) {
        int row = (b * heads.count() + h) * positions + i;
        return dropout == null ? 1 : dropout.factor(row, j);
    }
}
