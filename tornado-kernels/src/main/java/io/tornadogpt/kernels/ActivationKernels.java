package io.tornadogpt.kernels;

import io.tornadogpt.core.op.Activation;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// The functions of [Activation] and their derivatives: as kernels, and as what other kernels apply
/// to an element.
///
/// All are written with exponentials that cannot overflow into NaN: `tanh` of large arguments is
/// doubtful on some back ends, and no back end has `erf`.
public final class ActivationKernels {
    /// The number of no function at all; those of the others are their places in
    /// [Activation.Function] behind it.
    static final int NONE = 0;

    private static final int GELU_TANH = 1;
    private static final int GELU = 2;
    private static final int SILU = 3;
    private static final int RELU = 4;
    private static final int TANH = 5;

    /// sqrt(8 / pi), and 0.044715 times it: y = 2 sqrt(2/pi) (x + 0.044715 x^3).
    private static final float LINEAR = 1.5957692f;

    private static final float CUBIC = 0.071354814f;
    private static final float INVERSE_SQRT_2PI = 0.3989423f;

    private ActivationKernels() {}

    /// How [Activation] is launched.
    public static OpKernels of(Activation o) {
        return OpKernels.of(
                "activation",
                (t, g, name) ->
                        g.task(
                                name,
                                ActivationKernels::activation,
                                t.layer(),
                                t.floats(o.x()),
                                t.place(o.x()),
                                t.floats(o.out()),
                                t.place(o.out()),
                                t.elements(o.out()),
                                number(o.function())));
    }

    /// How [Activation.Backward] is launched.
    public static OpKernels of(Activation.Backward o) {
        return OpKernels.of(
                "activationBackward",
                (t, g, name) ->
                        g.task(
                                name,
                                ActivationKernels::activationBackward,
                                t.layer(),
                                t.floats(o.x()),
                                t.place(o.x()),
                                t.floats(o.dOut()),
                                t.place(o.dOut()),
                                t.floats(o.dX()),
                                t.place(o.dX()),
                                t.elements(o.dX()),
                                number(o.function())));
    }

    /// The number by which kernels know a function.
    public static int number(Activation.Function function) {
        return switch (function) {
            case GELU_TANH -> GELU_TANH;
            case GELU -> GELU;
            case SILU -> SILU;
            case RELU -> RELU;
            case TANH -> TANH;
        };
    }

    /// `out = f(x)`: n elements. One work-item an element. About 15 FLOPs and 8 bytes an element.
    ///
    /// @param function [#number] of f
    public static void activation(
            IntArray layer,
            FloatArray x,
            long xPlace,
            FloatArray out,
            long outPlace,
            int n,
            int function) {
        for (@Parallel int i = 0; i < n; i++) {
            out.set(
                    Place.start(outPlace, layer) + i,
                    value(x.get(Place.start(xPlace, layer) + i), function));
        }
    }

    /// `dX = dOut * f'(x)`: n elements. One work-item an element. About 25 FLOPs and 12 bytes an
    /// element.
    ///
    /// @param function [#number] of f
    public static void activationBackward(
            IntArray layer,
            FloatArray x,
            long xPlace,
            FloatArray dOut,
            long dOutPlace,
            FloatArray dX,
            long dXPlace,
            int n,
            int function) {
        for (@Parallel int i = 0; i < n; i++) {
            float slope = derivative(x.get(Place.start(xPlace, layer) + i), function);
            dX.set(
                    Place.start(dXPlace, layer) + i,
                    dOut.get(Place.start(dOutPlace, layer) + i) * slope);
        }
    }

    /// f(x).
    ///
    /// @param function [#number] of f; [#NONE] for x itself
    static float value(float x, int function) {
        float result = x;
        if (function == GELU_TANH) {
            result = geluTanh(x);
        }
        if (function == GELU) {
            result = x * normalCdf(x);
        }
        if (function == SILU) {
            result = x / (1f + TornadoMath.exp(limited(-x)));
        }
        if (function == RELU) {
            result = TornadoMath.max(x, 0f);
        }
        if (function == TANH) {
            result = hyperbolicTangent(x);
        }
        return result;
    }

    /// f'(x).
    ///
    /// @param function [#number] of f
    static float derivative(float x, int function) {
        float result = 1f;
        if (function == GELU_TANH) {
            result = geluTanhDerivative(x);
        }
        if (function == GELU) {
            result = geluDerivative(x);
        }
        if (function == SILU) {
            result = siluDerivative(x);
        }
        if (function == RELU) {
            result = 0f;
            if (x > 0f) {
                result = 1f;
            }
        }
        if (function == TANH) {
            float e = TornadoMath.exp(-2f * TornadoMath.abs(x));
            result = 4f * e / ((1f + e) * (1f + e));
        }
        return result;
    }

    /// `x / (1 + e^-y)`, which is `0.5 x (1 + tanh(y / 2))`.
    private static float geluTanh(float x) {
        float y = x * (LINEAR + CUBIC * x * x);
        return x / (1f + TornadoMath.exp(limited(-y)));
    }

    /// `s + x s (1 - s) y'` with `s = 1 / (1 + e^-y)`; 0 or 1 to float precision beyond 9.5.
    private static float geluTanhDerivative(float unlimited) {
        float x = TornadoMath.max(-9.5f, TornadoMath.min(9.5f, unlimited));
        float square = x * x;
        float e = TornadoMath.exp(limited(-x * (LINEAR + CUBIC * square)));
        float s = 1f / (1f + e);
        return s + x * s * (e * s) * (LINEAR + 3f * CUBIC * square);
    }

    /// `Phi(x) + x * Phi'(x)`; 0 or 1 to float precision beyond 13.
    private static float geluDerivative(float unlimited) {
        float x = TornadoMath.max(-13f, TornadoMath.min(13f, unlimited));
        return normalCdf(x) + x * TornadoMath.exp(-0.5f * x * x) * INVERSE_SQRT_2PI;
    }

    /// `s (1 + x (1 - s))` with `s = 1 / (1 + e^-x)`; 0 or 1 to float precision beyond 80.
    private static float siluDerivative(float unlimited) {
        float x = TornadoMath.max(-80f, TornadoMath.min(80f, unlimited));
        float e = TornadoMath.exp(-x);
        float s = 1f / (1f + e);
        return s * (1f + x * (e * s));
    }

    /// tanh(x), within 2e-7 of its size: near 0 by a polynomial, as the other form has no more than
    /// the bits that are left of 1 there.
    static float hyperbolicTangent(float x) {
        float size = TornadoMath.min(20f, TornadoMath.abs(x));
        float tanh = 1f - 2f / (1f + TornadoMath.exp(2f * size));
        if (size < 0.7f) {
            float square = size * size;
            float p = -0.005138662f;
            p = p * square + 0.02009197f;
            p = p * square - 0.05355886f;
            p = p * square + 0.13329111f;
            p = p * square - 0.33333191f;
            tanh = size + size * square * p;
        }
        if (x < 0f) {
            tanh = -tanh;
        }
        return tanh;
    }

    /// `1 / (1 + e^-x)`.
    static float logistic(float x) {
        return 1f / (1f + TornadoMath.exp(limited(-x)));
    }

    /// An exponent whose exponential is finite.
    private static float limited(float exponent) {
        return TornadoMath.min(88f, exponent);
    }

    /// Phi(x), absolute error below 1.2e-7. Its tail is `e^(-x^2/2) t P(t)` with `t = 1 / (1 + 0.3
    /// |x|)` (the form of Abramowitz and Stegun 7.1.26); P has relative error 4e-9.
    private static float normalCdf(float x) {
        float size = TornadoMath.min(20f, TornadoMath.abs(x));
        float t = 1f / (1f + 0.3f * size);
        float p = -0.020612836f;
        p = p * t + 0.11237581f;
        p = p * t - 0.22806759f;
        p = p * t + 0.19158179f;
        p = p * t - 0.07924741f;
        p = p * t + 0.09605787f;
        p = p * t + 0.07842557f;
        p = p * t + 0.11022733f;
        p = p * t + 0.11957284f;
        p = p * t + 0.11968663f;
        float tail = TornadoMath.exp(-0.5f * size * size) * t * p;
        return x > 0f ? 1f - tail : tail;
    }
}
