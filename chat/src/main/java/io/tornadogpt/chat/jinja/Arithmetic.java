package io.tornadogpt.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;

/// Python's arithmetic on two numbers.
final class Arithmetic {

    private Arithmetic() {}

    static Value apply(String operator, Value left, Value right) {
        if (left instanceof Value.Real || right instanceof Value.Real) {
            return real(operator, Operators.real(left), Operators.real(right));
        }
        BigInteger a = Operators.integer(left);
        BigInteger b = Operators.integer(right);
        return switch (operator) {
            case "+" -> PythonNumbers.bounded(a.add(b));
            case "-" -> PythonNumbers.bounded(a.subtract(b));
            case "*" -> PythonNumbers.bounded(a.multiply(b));
            case "/" -> {
                requireDivisor(b.signum() != 0);
                yield new Value.Real(quotient(a, b));
            }
            case "//" -> {
                requireDivisor(b.signum() != 0);
                yield Value.integer(floorDivided(a, b));
            }
            case "%" -> {
                requireDivisor(b.signum() != 0);
                yield Value.integer(a.subtract(floorDivided(a, b).multiply(b)));
            }
            default -> power(a, b);
        };
    }

    private static double quotient(BigInteger a, BigInteger b) {
        if (a.bitLength() <= 53 && b.bitLength() <= 53) {
            return a.doubleValue() / b.doubleValue();
        }
        double quotient =
                new BigDecimal(a)
                        .divide(new BigDecimal(b), java.math.MathContext.DECIMAL128)
                        .doubleValue();
        if (Double.isInfinite(quotient)) {
            throw Fault.value("the result of a division is too large for a float");
        }
        return quotient;
    }

    private static void requireDivisor(boolean nonZero) {
        if (!nonZero) {
            throw Fault.value("division by zero");
        }
    }

    private static BigInteger floorDivided(BigInteger a, BigInteger b) {
        BigInteger[] parts = a.divideAndRemainder(b);
        boolean down = parts[1].signum() != 0 && parts[1].signum() != b.signum();
        return down ? parts[0].subtract(BigInteger.ONE) : parts[0];
    }

    private static Value power(BigInteger a, BigInteger b) {
        if (b.signum() < 0) {
            requireDivisor(a.signum() != 0);
            return new Value.Real(Math.pow(a.doubleValue(), b.doubleValue()));
        }
        if (a.bitLength() > 1) {
            PythonNumbers.requireBits(
                    b.bitLength() > 20 ? Long.MAX_VALUE : (long) a.bitLength() * b.intValue());
        } else if (a.signum() == 0 || a.abs().equals(BigInteger.ONE)) {
            boolean one = b.signum() == 0 || a.signum() > 0 || a.signum() < 0 && !b.testBit(0);
            return one ? Value.integer(1) : Value.integer(a);
        }
        PythonNumbers.requireBits(b.bitLength() > 20 ? Long.MAX_VALUE : 2L * b.intValue());
        return PythonNumbers.bounded(a.pow(b.intValue()));
    }

    private static Value real(String operator, double a, double b) {
        return new Value.Real(
                switch (operator) {
                    case "+" -> a + b;
                    case "-" -> a - b;
                    case "*" -> a * b;
                    case "/" -> {
                        requireDivisor(b != 0);
                        yield a / b;
                    }
                    case "//" -> {
                        requireDivisor(b != 0);
                        yield floorDivided(a, b);
                    }
                    case "%" -> {
                        requireDivisor(b != 0);
                        yield remainder(a, b);
                    }
                    default -> power(a, b);
                });
    }

    private static double remainder(double a, double b) {
        double rest = a % b;
        if (rest == 0) {
            return Math.copySign(0.0, b);
        }
        return (rest < 0) != (b < 0) ? rest + b : rest;
    }

    private static double floorDivided(double a, double b) {
        double exact = (a - remainder(a, b)) / b;
        double floor = Math.floor(exact);
        return exact == 0 ? Math.copySign(0.0, a / b) : exact - floor > 0.5 ? floor + 1 : floor;
    }

    private static double power(double a, double b) {
        requireDivisor(a != 0 || b >= 0);
        double power = Math.pow(a, b);
        if (Double.isNaN(power) && !Double.isNaN(a) && !Double.isNaN(b)) {
            throw Fault.unsupported("a power of a negative number is complex");
        }
        if (Double.isInfinite(power) && !Double.isInfinite(a) && !Double.isInfinite(b)) {
            throw Fault.value("a power is too large for a float");
        }
        return power;
    }
}
