package io.tornadogpt.tokenizer.json;

import java.math.BigDecimal;
import java.math.BigInteger;

/// Numbers as Hugging Face's library reads them. Its JSON reader, serde_json without the feature
/// `float_roundtrip`, takes the digits as one integer and divides it by a power of ten: two
/// roundings, which give a neighbour of the nearest `double` for about a quarter of the scores of
/// unigram models and so decide between equally good ways to cut a text. Immutable, and safe for
/// threads.
public final class RustNumbers {

    private static final BigInteger MOST = BigInteger.TWO.pow(64);
    private static final int LARGEST_POWER = 308;

    private RustNumbers() {}

    /// @param number as it stands in JSON
    public static double parse(String number) {
        if (number.indexOf('e') >= 0 || number.indexOf('E') >= 0) {
            return Double.parseDouble(number);
        }
        BigDecimal exact = new BigDecimal(number);
        BigInteger digits = exact.unscaledValue().abs();
        int exponent = -exact.scale();
        if (digits.signum() == 0
                || digits.compareTo(MOST) >= 0
                || Math.abs((long) exponent) > LARGEST_POWER) {
            return Double.parseDouble(number);
        }
        double power = Double.parseDouble("1e" + Math.abs(exponent));
        double value = exponent < 0 ? digits.doubleValue() / power : digits.doubleValue() * power;
        return number.charAt(0) == '-' ? -value : value;
    }
}
