package io.tornadogpt.chat.jinja;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.regex.Pattern;

/// Python's numbers: how they print, how they are read from strings, how they are rounded.
final class PythonNumbers {

    /// Python's own limit for integers as text.
    static final int MOST_DIGITS = 4300;

    private static final int MOST_BITS = 14_300;

    private static final Pattern INTEGER = Pattern.compile("[+-]?[0-9]++(?:_[0-9]++)*+");
    private static final Pattern REAL =
            Pattern.compile(
                    "[+-]?(?:[0-9]++(?:_[0-9]++)*+\\.?|\\.(?=[0-9]))(?:[0-9]++(?:_[0-9]++)*+)?"
                            + "(?:[eE][+-]?[0-9]++(?:_[0-9]++)*+)?");

    private PythonNumbers() {}

    /// The number, or the refusal of one that is too large to be meant.
    static Value.Int bounded(BigInteger value) {
        requireBits(value.bitLength());
        return Value.integer(value);
    }

    static void requireBits(long bits) {
        if (bits > MOST_BITS) {
            throw Fault.limit(
                    "the template computes a number of more than " + MOST_DIGITS + " digits");
        }
    }

    static String shown(BigInteger value) {
        return value.toString();
    }

    static String shown(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        if (value == 0) {
            return 1 / value < 0 ? "-0.0" : "0.0";
        }
        BigDecimal shortest = shortest(Math.abs(value));
        String digits = shortest.unscaledValue().toString();
        int exponent = digits.length() - shortest.scale() - 1;
        String text =
                exponent >= -4 && exponent < 16
                        ? positional(shortest)
                        : scientific(digits, exponent);
        return value < 0 ? "-" + text : text;
    }

    /// The shortest decimal that is read as the same float. Java's has two digits where one will do
    /// for the smallest floats.
    private static BigDecimal shortest(double size) {
        BigDecimal digits = new BigDecimal(Double.toString(size)).stripTrailingZeros();
        if (digits.precision() == 2) {
            BigDecimal one = digits.round(new MathContext(1, RoundingMode.HALF_EVEN));
            return one.doubleValue() == size ? one.stripTrailingZeros() : digits;
        }
        return digits;
    }

    private static String positional(BigDecimal value) {
        return value.scale() <= 0 ? value.toPlainString() + ".0" : value.toPlainString();
    }

    private static String scientific(String digits, int exponent) {
        String mantissa =
                digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
        String size = Integer.toString(Math.abs(exponent));
        return mantissa + (exponent < 0 ? "e-" : "e+") + (size.length() < 2 ? "0" : "") + size;
    }

    /// What `int(text, base)` reads, or null if it is no integer.
    static @Nullable BigInteger integer(String text, int base) {
        String trimmed = PythonText.stripLeft(PythonText.stripRight(text));
        if (trimmed.length() > MOST_DIGITS) {
            return null;
        }
        if (base == 10) {
            return INTEGER.matcher(trimmed).matches()
                    ? new BigInteger(trimmed.replace("_", ""))
                    : null;
        }
        return inBase(trimmed, base);
    }

    private static @Nullable BigInteger inBase(String text, int base) {
        if (base < Character.MIN_RADIX || base > Character.MAX_RADIX) {
            return null;
        }
        boolean negative = text.startsWith("-");
        String digits = negative || text.startsWith("+") ? text.substring(1) : text;
        String prefix = base == 16 ? "0x" : base == 8 ? "0o" : base == 2 ? "0b" : "";
        if (!prefix.isEmpty() && digits.regionMatches(true, 0, prefix, 0, 2)) {
            digits = digits.substring(2);
        }
        if (digits.isEmpty() || digits.startsWith("+") || digits.startsWith("-")) {
            return null;
        }
        try {
            BigInteger value = new BigInteger(digits.replace("_", ""), base);
            return negative ? value.negate() : value;
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /// What `float(text)` reads, or null if it is no number.
    static @Nullable Double real(String text) {
        String trimmed = PythonText.stripLeft(PythonText.stripRight(text));
        if (trimmed.length() <= MOST_DIGITS && REAL.matcher(trimmed).matches()) {
            return Double.valueOf(trimmed.replace("_", ""));
        }
        String word =
                trimmed.startsWith("-") || trimmed.startsWith("+") ? trimmed.substring(1) : trimmed;
        double sign = trimmed.startsWith("-") ? -1 : 1;
        if (word.equalsIgnoreCase("inf") || word.equalsIgnoreCase("infinity")) {
            return sign * Double.POSITIVE_INFINITY;
        }
        return word.equalsIgnoreCase("nan") ? Double.NaN : null;
    }

    /// What `int(value)` gives for a float, or null where it has no integer part.
    static @Nullable BigInteger truncated(double value) {
        return Double.isNaN(value) || Double.isInfinite(value)
                ? null
                : new BigDecimal(value).toBigInteger();
    }

    /// Halves go to the even neighbour, and what is a half is decided on the exact value.
    static Value round(Value number, int digits) {
        return switch (number) {
            case Value.Real real ->
                    Double.isNaN(real.value()) || Double.isInfinite(real.value())
                            ? real
                            : new Value.Real(rounded(real.value(), digits));
            default -> {
                BigInteger value = Operators.integer(number);
                yield digits >= 0
                        ? Value.integer(value)
                        : Value.integer(
                                new BigDecimal(value)
                                        .setScale(
                                                Math.max(digits, -MOST_DIGITS),
                                                RoundingMode.HALF_EVEN)
                                        .toBigInteger());
            }
        };
    }

    private static double rounded(double value, int digits) {
        if (digits > 330) {
            return value;
        }
        double rounded =
                digits < -330
                        ? 0
                        : new BigDecimal(value)
                                .setScale(digits, RoundingMode.HALF_EVEN)
                                .doubleValue();
        return rounded == 0 ? Math.copySign(0.0, value) : rounded;
    }
}
