package io.tornadogpt.core.reference;

import io.tornadogpt.core.op.CrossEntropy;
import io.tornadogpt.core.op.SumLoss;
import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

/// The loss of each token, and the sum of those that count. A negative target does not count.
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

    static void sum(SumLoss op, Frame frame) {
        Matrix losses = frame.matrix(op.losses());
        var weights = new Weights(op.targets(), op.weights(), frame);
        double sum = 0;
        double count = 0;
        for (int i = 0; i < losses.size(); i++) {
            double weight = weights.of(i);
            sum += weight == 0 ? 0 : weight * losses.get(i);
            count += weight;
        }
        frame.matrix(op.loss()).set(0, sum);
        frame.matrix(op.count()).set(0, count);
    }

    static void sumBackward(SumLoss.Backward op, Frame frame) {
        Matrix dLosses = frame.matrix(op.dLosses());
        var weights = new Weights(op.targets(), op.weights(), frame);
        double dLoss = frame.matrix(op.dLoss()).get(0);
        for (int i = 0; i < dLosses.size(); i++) {
            dLosses.set(i, weights.of(i) * dLoss);
        }
    }

    /// How much the loss of a row counts.
    private record Weights(@Nullable Integers targets, @Nullable Matrix weights) {
        Weights(@Nullable Tensor targets, @Nullable Tensor weights, Frame frame) {
            this(targets == null ? null : frame.integers(targets), frame.matrixOrNull(weights));
        }

        double of(int row) {
            if (targets != null && targets.get(row) < 0) {
                return 0;
            }
            return weights == null ? 1 : weights.get(row);
        }
    }
}
