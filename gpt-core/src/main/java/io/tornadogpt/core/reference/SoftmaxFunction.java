package io.tornadogpt.core.reference;

import io.tornadogpt.core.op.Softmax;

/// Softmax of each row.
final class SoftmaxFunction {
    private SoftmaxFunction() {}

    static void forward(Softmax op, Frame frame) {
        Matrix x = frame.matrix(op.x());
        Matrix out = frame.matrix(op.out());
        for (int row = 0; row < x.rows(); row++) {
            double lse = logSumExp(x, row);
            for (int c = 0; c < x.columns(); c++) {
                out.set(row, c, Math.exp(x.get(row, c) - lse));
            }
        }
    }

    /// `dX = out * (dOut - sum(dOut * out))`.
    static void backward(Softmax.Backward op, Frame frame) {
        Matrix out = frame.matrix(op.out());
        Matrix dOut = frame.matrix(op.dOut());
        Matrix dX = frame.matrix(op.dX());
        for (int row = 0; row < out.rows(); row++) {
            double sum = 0;
            for (int c = 0; c < out.columns(); c++) {
                sum += dOut.get(row, c) * out.get(row, c);
            }
            for (int c = 0; c < out.columns(); c++) {
                dX.set(row, c, out.get(row, c) * (dOut.get(row, c) - sum));
            }
        }
    }

    /// `log(sum(exp(x)))` of one row, the maximum taken out first so that nothing overflows.
    static double logSumExp(Matrix x, int row) {
        double max = Double.NEGATIVE_INFINITY;
        for (int c = 0; c < x.columns(); c++) {
            max = Math.max(max, x.get(row, c));
        }
        double sum = 0;
        for (int c = 0; c < x.columns(); c++) {
            sum += Math.exp(x.get(row, c) - max);
        }
        return max + Math.log(sum);
    }
}
