package io.tornadogpt.core.reference;

import io.tornadogpt.core.op.Gelu;

/// `gelu(x) = x * Phi(x)`, Phi the distribution function of the normal distribution.
final class GeluFunction {
    private static final double SQRT_2_BY_PI = Math.sqrt(2 / Math.PI);
    private static final double CUBIC = 0.044715;

    private GeluFunction() {}

    static void forward(Gelu op, Frame frame) {
        Matrix x = frame.matrix(op.x());
        Matrix out = frame.matrix(op.out());
        for (long i = 0; i < x.size(); i++) {
            out.set(i, value(x.get(i), op.form()));
        }
    }

    static void backward(Gelu.Backward op, Frame frame) {
        Matrix x = frame.matrix(op.x());
        Matrix dOut = frame.matrix(op.dOut());
        Matrix dX = frame.matrix(op.dX());
        for (long i = 0; i < x.size(); i++) {
            dX.set(i, dOut.get(i) * derivative(x.get(i), op.form()));
        }
    }

    static double value(double x, Gelu.Form form) {
        return switch (form) {
            case TANH -> 0.5 * x * (1 + Math.tanh(inner(x)));
            case EXACT -> 0.5 * x * (1 + erf(x / Math.sqrt(2)));
        };
    }

    static double derivative(double x, Gelu.Form form) {
        return switch (form) {
            case TANH -> {
                double tanh = Math.tanh(inner(x));
                double dInner = SQRT_2_BY_PI * (1 + 3 * CUBIC * x * x);
                yield 0.5 * (1 + tanh) + 0.5 * x * (1 - tanh * tanh) * dInner;
            }
            case EXACT -> {
                double density = Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
                yield 0.5 * (1 + erf(x / Math.sqrt(2))) + x * density;
            }
        };
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
