package io.tornadogpt.core.reference;

import io.tornadogpt.core.op.AdamW;
import io.tornadogpt.core.op.ClipScale;
import io.tornadogpt.core.op.GradientNorm;
import io.tornadogpt.core.tensor.Tensor;

/// From gradients to new parameters: norm, clipping, AdamW.
final class Optimization {
    /// Keeps the clipping factor finite where the norm is 0, as in PyTorch.
    private static final double NORM_EPSILON = 1e-6;

    private Optimization() {}

    static void norm(GradientNorm op, Frame frame) {
        double sum = 0;
        for (Tensor tensor : op.gradients()) {
            Matrix gradient = frame.matrix(tensor);
            for (long i = 0; i < gradient.size(); i++) {
                sum += gradient.get(i) * gradient.get(i);
            }
        }
        frame.matrix(op.norm()).set(0, Math.sqrt(sum));
    }

    static void clip(ClipScale op, Frame frame) {
        double norm = frame.matrix(op.norm()).get(0);
        double scale = op.maxNorm() == 0 ? 1 : Math.min(1, op.maxNorm() / (norm + NORM_EPSILON));
        frame.matrix(op.scale()).set(0, Double.isFinite(norm) ? scale : 0);
    }

    static void step(AdamW op, Frame frame) {
        double scale = frame.matrix(op.scale()).get(0);
        if (scale == 0) {
            return; // a gradient was not finite
        }
        Matrix parameter = frame.matrix(op.parameter());
        Matrix gradient = frame.matrix(op.gradient());
        Matrix first = frame.matrix(op.m());
        Matrix second = frame.matrix(op.v());
        Matrix schedule = frame.matrix(op.schedule());
        double learningRate = schedule.get(0);
        double correction1 = schedule.get(1);
        double sqrtCorrection2 = schedule.get(2);
        AdamW.Settings settings = op.settings();
        for (long i = 0; i < parameter.size(); i++) {
            double g = scale * gradient.get(i);
            double m = settings.beta1() * first.get(i) + (1 - settings.beta1()) * g;
            double v = settings.beta2() * second.get(i) + (1 - settings.beta2()) * g * g;
            double decayed = parameter.get(i) * (1 - learningRate * settings.weightDecay());
            double update = m / correction1 / (Math.sqrt(v) / sqrtCorrection2 + settings.epsilon());
            parameter.set(i, decayed - learningRate * update);
            first.set(i, m);
            second.set(i, v);
        }
    }
}
