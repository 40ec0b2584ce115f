package io.tornadogpt.kernels;

/// Gumbel noise in single precision, with a logarithm of its own: kernels cannot look at a float's
/// bits, and a device's logarithm may be good to a few ulps only, near 1 to none.
///
/// The logarithm is `2 atanh((x - 1) / (x + 1))` as a power series, of a number brought near 1 by
/// powers of two. Both are good to about 1e-7 of the result, where it is close to 0 as well. What
/// is chosen is chosen by integers, which say the same: TornadoVM 5.2 compiles a choice by floats
/// for SPIR-V as if their bits were integers.
final class GumbelNoise {
    private static final float LN_2 = 0.6931471805599453f;

    /// Roots of 2 and 1/2 as floats, times 2^24: the floats up to 4 that are compared with them are
    /// whole numbers then, or below 2^23.
    private static final int ROOT_2 = 23_726_566;

    private static final int ROOT_HALF = 11_863_283;

    private GumbelNoise() {}

    /// `-log(-log(u))` with `u = (2 n + 1) / 2^24` and n the low 23 bits of a random word.
    static float of(int word) {
        int odd = 2 * (word & 0x7FFFFF) + 1;
        float exponential;
        if (odd > 0x800000) {
            // u above 1/2: the logarithm of 1 - rest, with the rest exact.
            float rest = (0x1000000 - odd) * 0x1p-24f;
            exponential = twiceArTanh(rest / (2f - rest));
        } else {
            exponential = -log(odd * 0x1p-24f);
        }
        return -log(exponential);
    }

    /// The natural logarithm of a number from 2^-32 to 32.
    private static float log(float number) {
        float x = number;
        int exponent = 0;
        if ((int) (x * 0x1p16f) < 1) {
            x = x * 0x1p16f;
            exponent = exponent - 16;
        }
        if ((int) (x * 0x1p8f) < 1) {
            x = x * 0x1p8f;
            exponent = exponent - 8;
        }
        if ((int) (x * 0x1p4f) < 1) {
            x = x * 0x1p4f;
            exponent = exponent - 4;
        }
        if ((int) (x * 0x1p2f) < 1) {
            x = x * 0x1p2f;
            exponent = exponent - 2;
        }
        if ((int) (x * 0x1p21f) > 4 << 21) {
            x = x * 0x1p-3f;
            exponent = exponent + 3;
        }
        if ((int) (x * 0x1p24f) < ROOT_HALF) {
            x = x * 2f;
            exponent = exponent - 1;
        }
        if ((int) (x * 0x1p24f) < ROOT_HALF) {
            x = x * 2f;
            exponent = exponent - 1;
        }
        if ((int) (x * 0x1p24f) > ROOT_2) {
            x = x * 0.5f;
            exponent = exponent + 1;
        }
        if ((int) (x * 0x1p24f) > ROOT_2) {
            x = x * 0.5f;
            exponent = exponent + 1;
        }
        return exponent * LN_2 + twiceArTanh((x - 1f) / (x + 1f));
    }

    /// `2 atanh(s)` for s from -1/3 to 1/3; what is left out is below 1e-8 of it.
    private static float twiceArTanh(float s) {
        float q = s * s;
        float series = 1f / 15f;
        series = series * q + 1f / 13f;
        series = series * q + 1f / 11f;
        series = series * q + 1f / 9f;
        series = series * q + 1f / 7f;
        series = series * q + 1f / 5f;
        series = series * q + 1f / 3f;
        return 2f * (s + s * q * series);
    }
}
