package io.tornadogpt.core.reference;

import io.tornadogpt.core.op.Attention;
import io.tornadogpt.core.op.Dropout;
import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

/// Causal self-attention in the textbook's form, for one sequence and head at a time:
///
/// ```
/// S = scale * Q . K^T      scores, -infinity where position i does not see j
/// P = softmax(S)           row by row
/// out = (M * P) . V        M the dropout mask: 0 or 1 / (1 - p)
/// ```
final class SelfAttention {
    private final Matrix qkv; // [B*T, 3C]
    private final int positions;
    private final int headSize;
    private final int channels;
    private final Attention.Heads heads;
    private final int window;
    private final @Nullable RandomMask dropout;

    private SelfAttention(
            Matrix qkv,
            int positions,
            Attention.Heads heads,
            Dropout.@Nullable Mask dropout,
            Frame frame) {
        this.qkv = qkv;
        this.positions = positions;
        this.channels = qkv.columns() / 3;
        this.headSize = channels / heads.count();
        this.heads = heads;
        this.window = window(heads, frame);
        this.dropout = RandomMask.of(dropout, frame);
    }

    static void forward(Attention op, Frame frame) {
        var attention =
                new SelfAttention(
                        frame.matrix(op.qkv()), op.positions(), op.heads(), op.dropout(), frame);
        Matrix out = frame.matrix(op.out());
        Matrix lse = frame.matrix(op.lse());
        for (int b = 0; b < op.batch(); b++) {
            for (int h = 0; h < op.heads().count(); h++) {
                attention.forward(b, h, out, lse);
            }
        }
    }

    private void forward(int b, int h, Matrix out, Matrix lse) {
        for (int i = 0; i < positions; i++) {
            double rowLse = logSumExp(b, h, i);
            lse.set(b * heads.count() + h, i, rowLse);
            double[] kept = new double[i + 1]; // M * P
            for (int j = first(i, window); j <= i; j++) {
                kept[j] = keep(b, h, i, j) * Math.exp(score(b, h, i, j) - rowLse);
            }
            for (int d = 0; d < headSize; d++) {
                double sum = 0;
                for (int j = first(i, window); j <= i; j++) {
                    sum += kept[j] * value(b, h, j, d);
                }
                out.set(b * positions + i, h * headSize + d, sum);
            }
        }
    }

    /// With dO the gradient of out:
    ///
    /// ```
    /// dV = (M * P)^T . dO
    /// dP = M * (dO . V^T)
    /// dS = P * (dP - rowsum(P * dP))    the gradient of softmax
    /// dQ = scale * dS . K,  dK = scale * dS^T . Q
    /// ```
    static void backward(Attention.Backward op, Frame frame) {
        var attention =
                new SelfAttention(
                        frame.matrix(op.qkv()), op.positions(), op.heads(), op.dropout(), frame);
        Matrix dOut = frame.matrix(op.dOut());
        Matrix dQkv = frame.matrix(op.dQkv());
        for (long i = 0; i < dQkv.size(); i++) {
            dQkv.set(i, 0);
        }
        for (int b = 0; b < op.batch(); b++) {
            for (int h = 0; h < op.heads().count(); h++) {
                attention.backward(b, h, dOut, frame.matrix(op.lse()), dQkv);
            }
        }
    }

    private void backward(int b, int h, Matrix dOut, Matrix lse, Matrix dQkv) {
        for (int i = 0; i < positions; i++) {
            double rowLse = lse.get(b * heads.count() + h, i);
            double[] mask = new double[i + 1];
            double[] p = new double[i + 1];
            double[] dP = new double[i + 1];
            double sum = 0;
            for (int j = first(i, window); j <= i; j++) {
                mask[j] = keep(b, h, i, j);
                p[j] = Math.exp(score(b, h, i, j) - rowLse);
                dP[j] = mask[j] * dotOfGradientAndValue(b, h, i, j, dOut);
                sum += p[j] * dP[j];
            }
            for (int j = first(i, window); j <= i; j++) {
                double dS = p[j] * (dP[j] - sum);
                addGradients(b, h, i, j, heads.scale() * dS, mask[j] * p[j], dOut, dQkv);
            }
        }
    }

    private void addGradients(
            int b, int h, int i, int j, double dScore, double kept, Matrix dOut, Matrix dQkv) {
        int rowI = b * positions + i;
        int rowJ = b * positions + j;
        for (int d = 0; d < headSize; d++) {
            int column = h * headSize + d;
            dQkv.add(rowI, column, dScore * key(b, h, j, d));
            dQkv.add(rowJ, channels + column, dScore * query(b, h, i, d));
            dQkv.add(rowJ, 2 * channels + column, kept * dOut.get(rowI, column));
        }
    }

    private double dotOfGradientAndValue(int b, int h, int i, int j, Matrix dOut) {
        double sum = 0;
        for (int d = 0; d < headSize; d++) {
            sum += dOut.get(b * positions + i, h * headSize + d) * value(b, h, j, d);
        }
        return sum;
    }

    private double logSumExp(int b, int h, int i) {
        double max = Double.NEGATIVE_INFINITY;
        for (int j = first(i, window); j <= i; j++) {
            max = Math.max(max, score(b, h, i, j));
        }
        double sum = 0;
        for (int j = first(i, window); j <= i; j++) {
            sum += Math.exp(score(b, h, i, j) - max);
        }
        return max + Math.log(sum);
    }

    private double score(int b, int h, int i, int j) {
        double sum = 0;
        for (int d = 0; d < headSize; d++) {
            sum += query(b, h, i, d) * key(b, h, j, d);
        }
        return heads.scale() * sum;
    }

    private double query(int b, int h, int i, int d) {
        return qkv.get(b * positions + i, h * headSize + d);
    }

    private double key(int b, int h, int j, int d) {
        return qkv.get(b * positions + j, channels + h * headSize + d);
    }

    private double value(int b, int h, int j, int d) {
        return qkv.get(b * positions + j, 2 * channels + h * headSize + d);
    }

    private double keep(int b, int h, int i, int j) {
        int row = (b * heads.count() + h) * positions + i;
        return dropout == null ? 1 : dropout.factor(row, j);
    }

    /// The width of the window, 0 where every position before is seen.
    static int window(Attention.Heads heads, Frame frame) {
        Tensor window = heads.window();
        return window == null ? 0 : frame.integers(window).get(0);
    }

    /// The first position that position i sees.
    static int first(int i, int window) {
        return window > 0 ? Math.max(0, i - window + 1) : 0;
    }
}
