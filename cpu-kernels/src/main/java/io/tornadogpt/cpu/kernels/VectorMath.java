package io.tornadogpt.cpu.kernels;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.GT;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LT;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/// Functions of a vector that the hardware does not have. The polynomials were fitted for this
/// project: least maximum relative error on the reduced range, by reweighted least squares.
///
/// Constants of the exponential, which every hot loop here has once, are numbers broadcast at each
/// use. Those of longer functions are vectors made once: a broadcast is so much code to C2 before
/// it becomes an instruction that such a loop would exceed what C2 inlines, and from there on box
/// every vector; but each use of such a vector is a load, across two cache lines at 512 bits.
final class VectorMath {
    private static final FloatVector ZERO = Lanes.zero();
    private static final FloatVector ONE = Lanes.broadcast(1);

    private static final float LOG2_E = 1.442695f;

    /// Minus ln 2 in two parts; the first, 355 / 512, has so few bits that its multiples are exact.
    private static final float MINUS_LN2_HIGH = -0.6933594f;

    private static final float MINUS_LN2_LOW = 2.12194440e-4f;

    /// 1.5 * 2^23: adding it rounds to an integer and leaves that integer in the low bits.
    private static final float ROUNDING = 12582912f;

    private static final int EXPONENT_OF_ONE = 127 << 23;
    private static final float LOWEST_NORMAL_EXPONENT = -87.33654f;
    private static final float OVERFLOW_EXPONENT = 88.37f;

    private static final float EXP_2 = 0.49999994f;
    private static final float EXP_3 = 0.1666652f;
    private static final float EXP_4 = 0.041668393f;
    private static final float EXP_5 = 0.008368781f;
    private static final float EXP_6 = 0.0013814466f;

    private static final int BITS_OF_ROOT_HALF = Float.floatToRawIntBits((float) Math.sqrt(0.5));
    private static final float LOG_2 = -0.4999999f;
    private static final float LOG_3 = 0.3333395f;
    private static final float LOG_4 = -0.25001755f;
    private static final float LOG_5 = 0.1996207f;
    private static final float LOG_6 = -0.16570519f;
    private static final float LOG_7 = 0.14918011f;
    private static final float LOG_8 = -0.14307453f;
    private static final float LOG_9 = 0.08734649f;

    /// Minus sqrt(8 / pi), and 0.044715 times that: `-2 * sqrt(2/pi) * (x + 0.044715 x^3)`.
    private static final FloatVector MINUS_TANH_LINEAR = Lanes.broadcast(-1.5957692f);

    private static final FloatVector MINUS_TANH_CUBIC = Lanes.broadcast(-0.071354814f);
    private static final FloatVector TANH_LINEAR = Lanes.broadcast(1.5957692f);
    private static final FloatVector TRIPLE_TANH_CUBIC = Lanes.broadcast(3 * 0.071354814f);
    private static final FloatVector TANH_LIMIT = Lanes.broadcast(9.5f);
    private static final FloatVector MINUS_TANH_LIMIT = Lanes.broadcast(-9.5f);

    private static final FloatVector MINUS_HALF = Lanes.broadcast(-0.5f);
    private static final FloatVector INVERSE_SQRT_2PI = Lanes.broadcast(0.3989423f);
    private static final FloatVector EXACT_LIMIT = Lanes.broadcast(13);
    private static final FloatVector MINUS_EXACT_LIMIT = Lanes.broadcast(-13);

    private static final FloatVector SILU_LIMIT = Lanes.broadcast(80);
    private static final FloatVector MINUS_SILU_LIMIT = Lanes.broadcast(-80);

    private static final FloatVector TWO = Lanes.broadcast(2);
    private static final FloatVector TANH_NEAR = Lanes.broadcast(0.65f);
    private static final FloatVector TANH_3 = Lanes.broadcast(-0.3333326f);
    private static final FloatVector TANH_5 = Lanes.broadcast(0.1333083f);
    private static final FloatVector TANH_7 = Lanes.broadcast(-0.053688f);
    private static final FloatVector TANH_9 = Lanes.broadcast(0.020469347f);
    private static final FloatVector TANH_11 = Lanes.broadcast(-0.005515085f);

    private static final FloatVector TAIL_SLOPE = Lanes.broadcast(0.3f);
    private static final FloatVector TAIL_0 = Lanes.broadcast(0.11968663f);
    private static final FloatVector TAIL_1 = Lanes.broadcast(0.11957284f);
    private static final FloatVector TAIL_2 = Lanes.broadcast(0.11022733f);
    private static final FloatVector TAIL_3 = Lanes.broadcast(0.07842557f);
    private static final FloatVector TAIL_4 = Lanes.broadcast(0.09605787f);
    private static final FloatVector TAIL_5 = Lanes.broadcast(-0.07924741f);
    private static final FloatVector TAIL_6 = Lanes.broadcast(0.19158179f);
    private static final FloatVector TAIL_7 = Lanes.broadcast(-0.22806759f);
    private static final FloatVector TAIL_8 = Lanes.broadcast(0.11237581f);
    private static final FloatVector TAIL_9 = Lanes.broadcast(-0.020612836f);

    private VectorMath() {}

    /// `e^x`, relative error below 2^-22.5 (2 ulp). Below -87.33 (results that would be subnormal)
    /// it is 0, above 88.37 infinite; NaN stays NaN.
    static FloatVector exp(FloatVector x) {
        FloatVector rounding = constant(ROUNDING);
        FloatVector shifted = x.fma(constant(LOG2_E), rounding);
        FloatVector n = shifted.sub(rounding);
        FloatVector high = n.fma(constant(MINUS_LN2_HIGH), x);
        FloatVector r = n.fma(constant(MINUS_LN2_LOW), high);
        FloatVector p = constant(EXP_6).fma(r, constant(EXP_5)).fma(r, constant(EXP_4));
        p = p.fma(r, constant(EXP_3)).fma(r, constant(EXP_2));
        FloatVector fraction = p.fma(r.mul(r), r).add(constant(1));
        IntVector power =
                shifted.reinterpretAsInts()
                        .lanewise(LSHL, 23)
                        .add(IntVector.broadcast(Lanes.INTS, EXPONENT_OF_ONE));
        return fraction.mul(power.reinterpretAsFloats())
                .blend(Lanes.zero(), x.compare(LT, constant(LOWEST_NORMAL_EXPONENT)))
                .blend(
                        constant(Float.POSITIVE_INFINITY),
                        x.compare(GT, constant(OVERFLOW_EXPONENT)));
    }

    /// `ln x` of normal numbers above 0, within 2 ulp; infinity and NaN stay what they are.
    static FloatVector log(FloatVector x) {
        IntVector root = IntVector.broadcast(Lanes.INTS, BITS_OF_ROOT_HALF);
        IntVector bits = x.reinterpretAsInts();
        IntVector power = bits.sub(root).lanewise(ASHR, 23);
        FloatVector n = (FloatVector) power.convert(I2F, 0);
        FloatVector r = bits.sub(power.lanewise(LSHL, 23)).reinterpretAsFloats().sub(constant(1));
        FloatVector p = constant(LOG_9).fma(r, constant(LOG_8)).fma(r, constant(LOG_7));
        p = p.fma(r, constant(LOG_6)).fma(r, constant(LOG_5)).fma(r, constant(LOG_4));
        p = p.fma(r, constant(LOG_3)).fma(r, constant(LOG_2));
        FloatVector low = n.neg().fma(constant(MINUS_LN2_LOW), r);
        FloatVector log = n.neg().fma(constant(MINUS_LN2_HIGH), p.fma(r.mul(r), low));
        return log.blend(x, x.compare(LT, constant(Float.POSITIVE_INFINITY)).not());
    }

    private static FloatVector constant(float value) {
        return FloatVector.broadcast(Lanes.FLOATS, value);
    }

    /// The larger of both, `a` where one is NaN.
    static FloatVector max(FloatVector a, FloatVector b) {
        return a.blend(b, b.compare(GT, a));
    }

    /// GPT-2's GELU, `0.5 x (1 + tanh(y / 2)) = x / (1 + e^-y)` with `y = 2 sqrt(2/pi) (x +
    /// 0.044715 x^3)`.
    static FloatVector geluTanh(FloatVector x) {
        FloatVector slope = x.mul(x).fma(MINUS_TANH_CUBIC, MINUS_TANH_LINEAR);
        return x.div(exp(x.mul(slope)).add(ONE));
    }

    /// The derivative of [#geluTanh]: `s + x s (1 - s) y'` with `s = 1 / (1 + e^-y)`. Beyond 9.5 it
    /// is 0 or 1 to float precision, so x is limited to that and nothing overflows.
    static FloatVector geluTanhGradient(FloatVector unlimited) {
        FloatVector x = limit(unlimited, MINUS_TANH_LIMIT, TANH_LIMIT);
        FloatVector square = x.mul(x);
        FloatVector e = exp(x.mul(square.fma(MINUS_TANH_CUBIC, MINUS_TANH_LINEAR)));
        FloatVector s = ONE.div(e.add(ONE));
        FloatVector dy = square.fma(TRIPLE_TANH_CUBIC, TANH_LINEAR);
        return x.mul(s).mul(e.mul(s)).fma(dy, s);
    }

    /// `x * Phi(x)`, Phi being the normal distribution function.
    static FloatVector geluExact(FloatVector x) {
        return x.mul(normalCdf(x, gauss(x)));
    }

    /// The derivative of [#geluExact]: `Phi(x) + x * Phi'(x)`.
    static FloatVector geluExactGradient(FloatVector unlimited) {
        FloatVector x = limit(unlimited, MINUS_EXACT_LIMIT, EXACT_LIMIT);
        FloatVector gauss = gauss(x);
        return x.mul(gauss).fma(INVERSE_SQRT_2PI, normalCdf(x, gauss));
    }

    /// `e^(-x^2 / 2)`.
    private static FloatVector gauss(FloatVector x) {
        return exp(x.mul(x).mul(MINUS_HALF));
    }

    /// Phi(x), absolute error below 1.2e-7. Its tail is `e^(-x^2/2) t P(t)` with `t = 1 / (1 + 0.3
    /// |x|)` (the form of Abramowitz and Stegun 7.1.26); P has relative error 4e-9.
    private static FloatVector normalCdf(FloatVector x, FloatVector gauss) {
        FloatVector t = ONE.div(x.abs().fma(TAIL_SLOPE, ONE));
        FloatVector high = TAIL_9.fma(t, TAIL_8).fma(t, TAIL_7).fma(t, TAIL_6).fma(t, TAIL_5);
        FloatVector p = high.fma(t, TAIL_4).fma(t, TAIL_3).fma(t, TAIL_2).fma(t, TAIL_1);
        FloatVector tail = gauss.mul(t).mul(p.fma(t, TAIL_0));
        return tail.blend(ONE.sub(tail), x.compare(GT, ZERO));
    }

    /// `x / (1 + e^-x)`.
    static FloatVector silu(FloatVector x) {
        return x.div(exp(x.neg()).add(ONE));
    }

    /// The derivative of [#silu]: `s (1 + x (1 - s))` with `s = 1 / (1 + e^-x)`. Beyond 80 it is 0
    /// or 1 to float precision, so x is limited to that and nothing overflows.
    static FloatVector siluGradient(FloatVector unlimited) {
        FloatVector x = limit(unlimited, MINUS_SILU_LIMIT, SILU_LIMIT);
        FloatVector e = exp(x.neg());
        FloatVector s = ONE.div(e.add(ONE));
        return x.mul(e.mul(s)).add(ONE).mul(s);
    }

    /// `max(x, 0)`; NaN stays NaN.
    static FloatVector relu(FloatVector x) {
        return max(x, ZERO);
    }

    /// 1 where x is above 0, else 0.
    static FloatVector reluGradient(FloatVector x) {
        return ZERO.blend(ONE, x.compare(GT, ZERO));
    }

    /// The hyperbolic tangent, within 3 ulp: a polynomial near 0, `1 - 2 / (e^2x + 1)` elsewhere.
    static FloatVector tanh(FloatVector x) {
        FloatVector size = x.abs();
        FloatVector far = ONE.sub(TWO.div(exp(size.add(size)).add(ONE)));
        far = far.blend(far.neg(), x.compare(LT, ZERO));
        FloatVector z = x.mul(x);
        FloatVector p = TANH_11.fma(z, TANH_9).fma(z, TANH_7).fma(z, TANH_5).fma(z, TANH_3);
        return far.blend(p.mul(z).fma(x, x), size.compare(LT, TANH_NEAR));
    }

    /// The derivative of [#tanh].
    static FloatVector tanhGradient(FloatVector x) {
        FloatVector t = tanh(x);
        return ONE.sub(t.mul(t));
    }

    /// NaN stays NaN.
    private static FloatVector limit(FloatVector x, FloatVector low, FloatVector high) {
        FloatVector below = x.blend(high, x.compare(GT, high));
        return below.blend(low, x.compare(LT, low));
    }
}
