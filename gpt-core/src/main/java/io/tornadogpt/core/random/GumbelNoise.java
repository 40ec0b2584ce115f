package io.tornadogpt.core.random;

/// Standard Gumbel noise from random words: `-log(-log(u))`. The largest of `log p[v] + noise[v]`
/// is at v with probability `p[v]`.
public final class GumbelNoise {
    private static final int BITS = 23;

    private GumbelNoise() {}

    /// The noise of one word, from about -2.8 to 17.3.
    ///
    /// `u = (2 n + 1) / 2^24` with n the low 23 bits: never 0 nor 1, symmetric about 1/2, and exact
    /// in single precision, so that every device starts from the same number.
    public static double of(int word) {
        int odd = 2 * (word & ((1 << BITS) - 1)) + 1;
        return -Math.log(-Math.log(Math.scalb((double) odd, -BITS - 1)));
    }
}
