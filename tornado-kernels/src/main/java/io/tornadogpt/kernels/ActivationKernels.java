package io.tornadogpt.kernels;

import io.tornadogpt.core.op.Gelu;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// GELU (Hendrycks and Gimpel, 2016), `x * Phi(x)`, and its gradient, in two forms: [#TANH] as in
/// GPT-2, and [#EXACT].
///
/// Both are written with exponentials that cannot overflow into NaN: `tanh` of large arguments is
/// doubtful on some back ends, and no back end has `erf`.
public final class GeluKernels {
    /// `0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))`.
    public static final int TANH = 0;

    /// `0.5 x (1 + erf(x / sqrt(2)))`.
    public static final int EXACT = 1;

    /// sqrt(8 / pi), and 0.044715 times it: y = 2 sqrt(2/pi) (x + 0.044715 x^3).
    private static final float LINEAR = 1.5957692f;

    private static final float CUBIC = 0.071354814f;
    private static final float INVERSE_SQRT_2PI = 0.3989423f;

    private GeluKernels() {}

    /// How [Gelu] is launched.
    public static OpKernels of(Gelu o) {
        return OpKernels.of(
                "gelu",
                (t, g, name) ->
                        g.task(
                                name,
                                GeluKernels::gelu,
                                t.layer(),
                                t.floats(o.x()),
                                t.place(o.x()),
                                t.floats(o.out()),
                                t.place(o.out()),
                                t.elements(o.out()),
                                form(o.form())));
    }

    /// How [Gelu.Backward] is launched.
    public static OpKernels of(Gelu.Backward o) {
        return OpKernels.of(
                "geluBackward",
                (t, g, name) ->
                        g.task(
                                name,
                                GeluKernels::geluBackward,
                                t.layer(),
                                t.floats(o.x()),
                                t.place(o.x()),
                                t.floats(o.dOut()),
                                t.place(o.dOut()),
                                t.floats(o.dX()),
                                t.place(o.dX()),
                                t.elements(o.dX()),
                                form(o.form())));
    }

    /// `out = gelu(x)`: n elements. One work-item an element. About 15 FLOPs and 8 bytes an
    /// element.
    ///
    /// @param form [#TANH] or [#EXACT]
    public static void gelu(
            IntArray layer,
            FloatArray x,
            long xPlace,
            FloatArray out,
            long outPlace,
            int n,
            int form) {
        for (@Parallel int i = 0; i < n; i++) {
            float value = x.get(Place.start(xPlace, layer) + i);
            float result = form == TANH ? tanhForm(value) : exactForm(value);
            out.set(Place.start(outPlace, layer) + i, result);
        }
    }

    /// `dX = dOut * gelu'(x)`: n elements. One work-item an element. About 25 FLOPs and 12 bytes an
    /// element.
    ///
    /// @param form [#TANH] or [#EXACT]
    public static void geluBackward(
            IntArray layer,
            FloatArray x,
            long xPlace,
            FloatArray dOut,
            long dOutPlace,
            FloatArray dX,
            long dXPlace,
            int n,
            int form) {
        for (@Parallel int i = 0; i < n; i++) {
            float value = x.get(Place.start(xPlace, layer) + i);
            float slope = form == TANH ? tanhDerivative(value) : exactDerivative(value);
            dX.set(
                    Place.start(dXPlace, layer) + i,
                    dOut.get(Place.start(dOutPlace, layer) + i) * slope);
        }
    }

    /// `x / (1 + e^-y)`, which is `0.5 x (1 + tanh(y / 2))`.
    static float tanhForm(float x) {
        float y = x * (LINEAR + CUBIC * x * x);
        return x / (1f + TornadoMath.exp(limited(-y)));
    }

    /// `s + x s (1 - s) y'` with `s = 1 / (1 + e^-y)`; 0 or 1 to float precision beyond 9.5.
    static float tanhDerivative(float unlimited) {
        float x = TornadoMath.max(-9.5f, TornadoMath.min(9.5f, unlimited));
        float square = x * x;
        float e = TornadoMath.exp(limited(-x * (LINEAR + CUBIC * square)));
        float s = 1f / (1f + e);
        return s + x * s * (e * s) * (LINEAR + 3f * CUBIC * square);
    }

    /// `x * Phi(x)`.
    static float exactForm(float x) {
        return x * normalCdf(x);
    }

    /// `Phi(x) + x * Phi'(x)`; 0 or 1 to float precision beyond 13.
    static float exactDerivative(float unlimited) {
        float x = TornadoMath.max(-13f, TornadoMath.min(13f, unlimited));
        return normalCdf(x) + x * TornadoMath.exp(-0.5f * x * x) * INVERSE_SQRT_2PI;
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

    private static int form(Gelu.Form form) {
        return switch (form) {
            case TANH -> TANH;
            case EXACT -> EXACT;
        };
    }
}
