package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.Activation.Function;

/// Functions in double precision that tests compare with.
final class Formulas {
    private Formulas() {}

    static double value(double x, Function function) {
        return switch (function) {
            case GELU_TANH -> 0.5 * x * (1 + Math.tanh(inner(x)));
            case GELU -> x * normalCdf(x);
            case SILU -> x * logistic(x);
            case RELU -> Math.max(x, 0);
            case TANH -> Math.tanh(x);
        };
    }

    static double derivative(double x, Function function) {
        return switch (function) {
            case GELU_TANH -> {
                double tanh = Math.tanh(inner(x));
                double slope = Math.sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x);
                yield 0.5 * (1 + tanh) + 0.5 * x * (1 - tanh * tanh) * slope;
            }
            case GELU -> normalCdf(x) + x * normalDensity(x);
            case SILU -> logistic(x) * (1 + x * logistic(-x));
            case RELU -> x > 0 ? 1 : 0;
            case TANH -> 1 - Math.tanh(x) * Math.tanh(x);
        };
    }

    private static double logistic(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    private static double inner(double x) {
        return Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x);
    }

    static double normalDensity(double x) {
        return Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    }

    /// Phi by its Taylor series around 0 (Marsaglia, 2004), or by the asymptotic fraction far out.
    static double normalCdf(double x) {
        if (x < -6) {
            double fraction = -x;
            for (int i = 60; i > 0; i--) {
                fraction = -x + i / fraction;
            }
            return normalDensity(x) / fraction;
        }
        if (x > 6) {
            return 1 - normalCdf(-x);
        }
        double term = x;
        double sum = x;
        for (int i = 3; Math.abs(term) > 1e-18 * Math.abs(sum); i += 2) {
            term *= x * x / i;
            sum += term;
        }
        return 0.5 + sum * normalDensity(x);
    }
}
