package io.tornadogpt.core.reference;

import io.tornadogpt.core.op.CrossEntropy;
import io.tornadogpt.core.op.MeanLoss;

/// The loss of each token, and the mean over those that count. A negative target does not count.
final class TokenLoss {
    private static final int NONE = -1;

    private TokenLoss() {}

    static void forward(CrossEntropy op, Frame frame) {
        Matrix logits = frame.matrix(op.logits());
        Integers targets = frame.integers(op.targets());
        Matrix lses = frame.matrix(op.lse());
        Matrix losses = frame.matrix(op.losses());
        for (int row = 0; row < logits.rows(); row++) {
            double lse = SoftmaxFunction.logSumExp(logits, row);
            int target = targetOrNone(op.name(), targets, row, logits.columns());
            losses.set(row, target == NONE ? 0 : lse - logits.get(row, target));
            lses.set(row, lse);
        }
    }

    /// `dLogits = (softmax - onehot(target)) * dLoss`.
    static void backward(CrossEntropy.Backward op, Frame frame) {
        Matrix logits = frame.matrix(op.logits());
        Integers targets = frame.integers(op.targets());
        Matrix lses = frame.matrix(op.lse());
        Matrix dLosses = frame.matrix(op.dLosses());
        Matrix dLogits = frame.matrix(op.dLogits());
        for (int row = 0; row < logits.rows(); row++) {
            int target = targetOrNone(op.name(), targets, row, logits.columns());
            double dLoss = target == NONE ? 0 : dLosses.get(row);
            for (int v = 0; v < logits.columns(); v++) {
                double softmax = Math.exp(logits.get(row, v) - lses.get(row));
                double onehot = v == target ? 1 : 0;
                dLogits.set(row, v, (softmax - onehot) * dLoss);
            }
        }
    }

    private static int targetOrNone(String op, Integers targets, int row, int vocabulary) {
        return targets.get(row) < 0
                ? NONE
                : targets.below(vocabulary, row, op, "a row has " + vocabulary + " logits");
    }

    static void mean(MeanLoss op, Frame frame) {
        Matrix losses = frame.matrix(op.losses());
        Integers targets = frame.integers(op.targets());
        double sum = 0;
        int count = 0;
        for (int i = 0; i < targets.size(); i++) {
            if (targets.get(i) >= 0) {
                sum += losses.get(i);
                count++;
            }
        }
        frame.matrix(op.loss()).set(0, sum / Math.max(count, 1));
        frame.matrix(op.count()).set(0, count);
    }

    static void meanBackward(MeanLoss.Backward op, Frame frame) {
        Integers targets = frame.integers(op.targets());
        Matrix dLosses = frame.matrix(op.dLosses());
        double dLoss = frame.matrix(op.dLoss()).get(0);
        double count = frame.matrix(op.count()).get(0);
        for (int i = 0; i < targets.size(); i++) {
            dLosses.set(i, targets.get(i) >= 0 ? dLoss / Math.max(count, 1) : 0);
        }
    }
}
