package io.tornadogpt.cpu.kernels;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// Functions of a vector that the hardware does not have. The polynomials were fitted for this
/// project: least maximum relative error on the reduced range, by reweighted least squares.
final class VectorMath {
    private static final float LOG2_E = 1.442695f;

    /// ln 2 in two parts; the first, 355 / 512, has so few bits that its multiples are exact.
    private static final float LN2_HIGH = 0.6933594f;

    private static final float LN2_LOW = -2.12194440e-4f;

    /// 1.5 * 2^23: adding it rounds to an integer and leaves that integer in the low bits.
    private static final float ROUNDING = 12582912f;

    private static final float LOWEST_NORMAL_EXPONENT = -87.33654f;
    private static final float OVERFLOW_EXPONENT = 88.37f;

    /// sqrt(8 / pi), and 0.044715 times it: `2 * sqrt(2/pi) * (x + 0.044715 x^3)`.
    private static final float TANH_LINEAR = 1.5957692f;

    private static final float TANH_CUBIC = 0.071354814f;
    private static final float INVERSE_SQRT_2PI = 0.3989423f;

    private VectorMath() {}

    /// `e^x`, relative error below 2^-22.5 (2 ulp). Below -87.33 (results that would be subnormal)
    /// it is 0, above 88.37 infinite; NaN stays NaN.
    static FloatVector exp(FloatVector x) {
        FloatVector shifted = x.fma(Lanes.broadcast(LOG2_E), Lanes.broadcast(ROUNDING));
        FloatVector n = shifted.sub(ROUNDING);
        FloatVector r = n.fma(Lanes.broadcast(-LN2_HIGH), x);
        r = n.fma(Lanes.broadcast(-LN2_LOW), r);
        FloatVector p = Lanes.broadcast(0.0013814466f);
        p = p.fma(r, Lanes.broadcast(0.008368781f));
        p = p.fma(r, Lanes.broadcast(0.041668393f));
        p = p.fma(r, Lanes.broadcast(0.1666652f));
        p = p.fma(r, Lanes.broadcast(0.49999994f));
        p = p.fma(r.mul(r), r).add(1f);
        FloatVector power =
                shifted.reinterpretAsInts()
                        .lanewise(VectorOperators.LSHL, 23)
                        .add(127 << 23)
                        .reinterpretAsFloats();
        return p.mul(power)
                .blend(0f, x.compare(VectorOperators.LT, LOWEST_NORMAL_EXPONENT))
                .blend(Float.POSITIVE_INFINITY, x.compare(VectorOperators.GT, OVERFLOW_EXPONENT));
    }

    /// The larger of both, `a` where one is NaN.
    static FloatVector max(FloatVector a, FloatVector b) {
        return a.blend(b, b.compare(VectorOperators.GT, a));
    }

    /// GPT-2's GELU, `0.5 x (1 + tanh(y / 2)) = x / (1 + e^-y)` with `y = 2 sqrt(2/pi) (x +
    /// 0.044715 x^3)`.
    static FloatVector geluTanh(FloatVector x) {
        FloatVector slope =
                x.mul(x).fma(Lanes.broadcast(-TANH_CUBIC), Lanes.broadcast(-TANH_LINEAR));
        return x.div(exp(x.mul(slope)).add(1f));
    }

    /// The derivative of [#geluTanh]: `s + x s (1 - s) y'` with `s = 1 / (1 + e^-y)`. Beyond 9.5 it
    /// is 0 or 1 to float precision, so x is limited to that and nothing overflows.
    static FloatVector geluTanhGradient(FloatVector unlimited) {
        FloatVector x = limit(unlimited, 9.5f);
        FloatVector square = x.mul(x);
        FloatVector slope = square.fma(Lanes.broadcast(-TANH_CUBIC), Lanes.broadcast(-TANH_LINEAR));
        FloatVector e = exp(x.mul(slope));
        FloatVector s = Lanes.broadcast(1f).div(e.add(1f));
        FloatVector dy = square.fma(Lanes.broadcast(3 * TANH_CUBIC), Lanes.broadcast(TANH_LINEAR));
        return x.mul(s).mul(e.mul(s)).fma(dy, s);
    }

    /// `x * Phi(x)`, Phi being the normal distribution function.
    static FloatVector geluExact(FloatVector x) {
        return x.mul(normalCdf(x, gauss(x)));
    }

    /// The derivative of [#geluExact]: `Phi(x) + x * Phi'(x)`.
    static FloatVector geluExactGradient(FloatVector unlimited) {
        FloatVector x = limit(unlimited, 13f);
        FloatVector gauss = gauss(x);
        return x.mul(gauss).fma(Lanes.broadcast(INVERSE_SQRT_2PI), normalCdf(x, gauss));
    }

    /// `e^(-x^2 / 2)`.
    private static FloatVector gauss(FloatVector x) {
        return exp(x.mul(x).mul(-0.5f));
    }

    /// Phi(x), absolute error below 1.2e-7. Its tail is `e^(-x^2/2) t P(t)` with `t = 1 / (1 + 0.3
    /// |x|)` (the form of Abramowitz and Stegun 7.1.26); P has relative error 4e-9.
    private static FloatVector normalCdf(FloatVector x, FloatVector gauss) {
        FloatVector t =
                Lanes.broadcast(1f).div(x.abs().fma(Lanes.broadcast(0.3f), Lanes.broadcast(1f)));
        FloatVector p = Lanes.broadcast(-0.020612836f);
        p = p.fma(t, Lanes.broadcast(0.11237581f));
        p = p.fma(t, Lanes.broadcast(-0.22806759f));
        p = p.fma(t, Lanes.broadcast(0.19158179f));
        p = p.fma(t, Lanes.broadcast(-0.07924741f));
        p = p.fma(t, Lanes.broadcast(0.09605787f));
        p = p.fma(t, Lanes.broadcast(0.07842557f));
        p = p.fma(t, Lanes.broadcast(0.11022733f));
        p = p.fma(t, Lanes.broadcast(0.11957284f));
        p = p.fma(t, Lanes.broadcast(0.11968663f));
        FloatVector tail = gauss.mul(t).mul(p);
        return tail.blend(Lanes.broadcast(1f).sub(tail), x.compare(VectorOperators.GT, 0f));
    }

    private static FloatVector limit(FloatVector x, float bound) {
        return x.blend(bound, x.compare(VectorOperators.GT, bound))
                .blend(-bound, x.compare(VectorOperators.LT, -bound));
    }
}
