package io.tornadogpt.core.reference;

import io.tornadogpt.core.op.Activation;
import io.tornadogpt.core.op.GatedActivation;

/// The functions of [Activation], their derivatives, and what is built on them.
final class ActivationFunction {
    private static final double SQRT_2_BY_PI = Math.sqrt(2 / Math.PI);
    private static final double CUBIC = 0.044715;

    private ActivationFunction() {}

    static void forward(Activation op, Frame frame) {
        Matrix x = frame.matrix(op.x());
        Matrix out = frame.matrix(op.out());
        for (long i = 0; i < x.size(); i++) {
            out.set(i, value(x.get(i), op.function()));
        }
    }

    static void backward(Activation.Backward op, Frame frame) {
        Matrix x = frame.matrix(op.x());
        Matrix dOut = frame.matrix(op.dOut());
        Matrix dX = frame.matrix(op.dX());
        for (long i = 0; i < x.size(); i++) {
            dX.set(i, dOut.get(i) * derivative(x.get(i), op.function()));
        }
    }

    static void gated(GatedActivation op, Frame frame) {
        Matrix gate = frame.matrix(op.gate());
        Matrix up = frame.matrix(op.up());
        Matrix out = frame.matrix(op.out());
        for (long i = 0; i < out.size(); i++) {
            out.set(i, value(gate.get(i), op.function()) * up.get(i));
        }
    }

    static void gatedBackward(GatedActivation.Backward op, Frame frame) {
        Matrix gate = frame.matrix(op.gate());
        Matrix up = frame.matrix(op.up());
        Matrix dOut = frame.matrix(op.dOut());
        Matrix dGate = frame.matrix(op.dGate());
        Matrix dUp = frame.matrix(op.dUp());
        for (long i = 0; i < dOut.size(); i++) {
            double x = gate.get(i);
            double gradient = dOut.get(i);
            dGate.set(i, gradient * up.get(i) * derivative(x, op.function()));
            dUp.set(i, gradient * value(x, op.function()));
        }
    }

    static double value(double x, Activation.Function function) {
        return switch (function) {
            case GELU_TANH -> 0.5 * x * (1 + Math.tanh(inner(x)));
            case GELU -> 0.5 * x * (1 + erf(x / Math.sqrt(2)));
            case SILU -> x * logistic(x);
            case RELU -> Math.max(x, 0);
            case TANH -> Math.tanh(x);
        };
    }

    static double derivative(double x, Activation.Function function) {
        return switch (function) {
            case GELU_TANH -> {
                double tanh = Math.tanh(inner(x));
                double dInner = SQRT_2_BY_PI * (1 + 3 * CUBIC * x * x);
                yield 0.5 * (1 + tanh) + 0.5 * x * (1 - tanh * tanh) * dInner;
            }
            case GELU -> {
                double density = Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
                yield 0.5 * (1 + erf(x / Math.sqrt(2))) + x * density;
            }
            case SILU -> logistic(x) * (1 + x * logistic(-x));
            case RELU -> x > 0 ? 1 : 0;
            case TANH -> 1 - Math.tanh(x) * Math.tanh(x);
        };
    }

    /// `1 / (1 + exp(-x))`.
    static double logistic(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    private static double inner(double x) {
        return SQRT_2_BY_PI * (x + CUBIC * x * x * x);
    }

    /// The error function, by the series of positive terms `2 / sqrt(pi) * exp(-x^2) * sum of 2^n
    /// x^(2n+1) / (1 * 3 * .. * (2n+1))`.
    static double erf(double x) {
        if (Math.abs(x) > 6) { // 1 - erf(6) is below half an ulp of 1
            return Math.signum(x);
        }
        double term = x;
        double sum = x;
        for (int n = 1; Math.abs(term) > Math.ulp(sum) / 2; n++) {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / Math.sqrt(Math.PI) * Math.exp(-x * x) * sum;
    }
}
