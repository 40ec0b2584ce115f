package io.tornadogpt.core.reference;

import io.tornadogpt.core.op.PolicyLoss;
import io.tornadogpt.core.op.PreferenceLoss;
import io.tornadogpt.core.op.PreferenceLoss.Form;

import org.jspecify.annotations.Nullable;

/// Losses of whole answers: of pairs of which one is preferred, and of answers with an advantage.
final class AnswerLoss {
    private AnswerLoss() {}

    static void preference(PreferenceLoss op, Frame frame) {
        Matrix out = frame.matrix(op.out());
        Matrix losses = frame.matrix(op.losses());
        Matrix reference = frame.matrix(op.reference());
        double beta = op.settings().beta();
        double smoothing = op.settings().labelSmoothing();
        for (int pair = 0; pair < out.size(); pair++) {
            double delta = delta(losses, reference, pair, (int) out.size());
            double loss =
                    op.settings().form() == Form.IPO
                            ? square(delta - 1 / (2 * beta))
                            : (1 - smoothing) * softplus(-beta * delta)
                                    + smoothing * softplus(beta * delta);
            out.set(pair, loss);
        }
    }

    static void preferenceBackward(PreferenceLoss.Backward op, Frame frame) {
        Matrix dOut = frame.matrix(op.dOut());
        Matrix losses = frame.matrix(op.losses());
        Matrix reference = frame.matrix(op.reference());
        Matrix dLosses = frame.matrix(op.dLosses());
        double beta = op.settings().beta();
        double smoothing = op.settings().labelSmoothing();
        int pairs = (int) dOut.size();
        for (int pair = 0; pair < pairs; pair++) {
            double delta = delta(losses, reference, pair, pairs);
            double derivative =
                    op.settings().form() == Form.IPO
                            ? 2 * (delta - 1 / (2 * beta))
                            : beta * (ActivationFunction.logistic(beta * delta) - 1 + smoothing);
            dLosses.set(pair, -dOut.get(pair) * derivative);
            dLosses.set(pairs + pair, dOut.get(pair) * derivative);
        }
    }

    private static double delta(Matrix losses, Matrix reference, int pair, int pairs) {
        double rejected = losses.get(pairs + pair) - reference.get(pairs + pair);
        return rejected - (losses.get(pair) - reference.get(pair));
    }

    private static double square(double x) {
        return x * x;
    }

    /// `log(1 + exp(x))`.
    private static double softplus(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }

    static void policy(PolicyLoss op, Frame frame) {
        var tokens = new Tokens(frame, op);
        Matrix out = frame.matrix(op.out());
        for (int row = 0; row < out.rows(); row++) {
            for (int c = 0; c < out.columns(); c++) {
                double ratio = tokens.ratio(row, c);
                double advantage = tokens.advantages.get(row);
                double clipped = Math.clamp(ratio, tokens.low(), tokens.high());
                double gain = Math.min(ratio * advantage, clipped * advantage);
                double divergence = ratio * tokens.divergence(row, c);
                out.set(row, c, tokens.settings.beta() * divergence - gain);
            }
        }
    }

    static void policyBackward(PolicyLoss.Backward op, Frame frame) {
        var tokens =
                new Tokens(
                        frame.matrix(op.losses()),
                        frame.matrix(op.old()),
                        frame.matrixOrNull(op.reference()),
                        frame.matrix(op.advantages()),
                        op.settings());
        Matrix dOut = frame.matrix(op.dOut());
        Matrix dLosses = frame.matrix(op.dLosses());
        for (int row = 0; row < dOut.rows(); row++) {
            for (int c = 0; c < dOut.columns(); c++) {
                double ratio = tokens.ratio(row, c);
                double advantage = tokens.advantages.get(row);
                double clipped = Math.clamp(ratio, tokens.low(), tokens.high());
                double gain = ratio * advantage <= clipped * advantage ? ratio * advantage : 0;
                double divergence = tokens.settings.beta() * ratio * tokens.difference(row, c);
                dLosses.set(row, c, dOut.get(row, c) * (gain + divergence));
            }
        }
    }

    /// What the losses of tokens are made of.
    private record Tokens(
            Matrix losses,
            Matrix old,
            @Nullable Matrix reference,
            Matrix advantages,
            PolicyLoss.Settings settings) {
        Tokens(Frame frame, PolicyLoss op) {
            this(
                    frame.matrix(op.losses()),
                    frame.matrix(op.old()),
                    frame.matrixOrNull(op.reference()),
                    frame.matrix(op.advantages()),
                    op.settings());
        }

        double low() {
            return 1 - settings.low();
        }

        double high() {
            return 1 + settings.high();
        }

        double ratio(int row, int c) {
            return Math.exp(old.get(row, c) - losses.get(row, c));
        }

        double divergence(int row, int c) {
            double difference = difference(row, c);
            return Math.expm1(difference) - difference;
        }

        double difference(int row, int c) {
            return reference == null ? 0 : losses.get(row, c) - reference.get(row, c);
        }
    }
}
