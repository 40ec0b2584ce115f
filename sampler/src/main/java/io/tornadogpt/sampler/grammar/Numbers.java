package io.tornadogpt.sampler.grammar;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.math.RoundingMode;

/// Numbers of JSON, with bounds. All have few digits, so that a model comes to an end.
final class Numbers {
    /// The largest bound, and the largest whole number.
    static final long LARGEST = 999_999_999_999_999L;

    private static final int FRACTION = 15;
    private static final int EXPONENT = 2;

    /// What a number has to be; null for no bound.
    record Bounds(
            @Nullable BigDecimal least,
            @Nullable BigDecimal most,
            @Nullable BigDecimal above,
            @Nullable BigDecimal below) {
        boolean isOpen() {
            return least == null && most == null && above == null && below == null;
        }

        /// The smallest whole number.
        long first() {
            long first = -LARGEST;
            if (least != null) {
                first = Math.max(first, least.setScale(0, RoundingMode.CEILING).longValueExact());
            }
            if (above != null) {
                first = Math.max(first, above.setScale(0, RoundingMode.FLOOR).longValueExact() + 1);
            }
            return first;
        }

        /// The largest whole number.
        long last() {
            long last = LARGEST;
            if (most != null) {
                last = Math.min(last, most.setScale(0, RoundingMode.FLOOR).longValueExact());
            }
            if (below != null) {
                last = Math.min(last, below.setScale(0, RoundingMode.CEILING).longValueExact() - 1);
            }
            return last;
        }

        /// The smallest whole number above which all up to the next one are within the bounds.
        long firstBegin() {
            long first = -LARGEST;
            for (BigDecimal bound : new @Nullable BigDecimal[] {least, above}) {
                if (bound != null) {
                    first =
                            Math.max(
                                    first,
                                    bound.setScale(0, RoundingMode.CEILING).longValueExact());
                }
            }
            return first;
        }

        /// The largest whole number below which all from the one before are within the bounds.
        long lastEnd() {
            long last = LARGEST;
            for (BigDecimal bound : new @Nullable BigDecimal[] {most, below}) {
                if (bound != null) {
                    last = Math.min(last, bound.setScale(0, RoundingMode.FLOOR).longValueExact());
                }
            }
            return last;
        }
    }

    private final Automaton automaton;

    Numbers(Automaton automaton) {
        this.automaton = automaton;
    }

    /// A whole number.
    int whole(int from, Bounds bounds) {
        int end = automaton.node();
        range(from, bounds.first(), bounds.last(), end);
        return end;
    }

    /// A number with a fraction or without; one without bounds may have an exponent too.
    int decimal(int from, Bounds bounds) {
        int end = automaton.node();
        range(from, bounds.first(), bounds.last(), end);
        int begin = automaton.node(); // of a fraction that is not 0
        long first = bounds.firstBegin();
        long last = bounds.lastEnd();
        if (last > 0) {
            natural(from, Math.max(0, first), last - 1, begin);
        }
        if (first < 0) {
            int minus = automaton.bytes(from, '-', '-');
            natural(minus, Math.max(0, -last), -first - 1, begin);
        }
        int point = automaton.bytes(begin, '.', '.');
        int digits = Repeats.emit(automaton, point, 0, FRACTION - 1, this::digit);
        automaton.empty(automaton.bytes(digits, '1', '9'), end);
        return bounds.isOpen() ? exponent(end) : end;
    }

    private int digit(int from) {
        return automaton.bytes(from, '0', '9');
    }

    /// Lets a number that ends at a node have a small exponent too.
    ///
    /// @return where it ends with one or without
    private int exponent(int end) {
        int e = automaton.bytes(end, 'e', 'e');
        int sign = automaton.node();
        automaton.empty(e, sign);
        automaton.empty(automaton.bytes(e, '+', '+'), sign);
        automaton.empty(automaton.bytes(e, '-', '-'), sign);
        int digits =
                Repeats.emit(
                        automaton, automaton.bytes(sign, '1', '9'), 0, EXPONENT - 1, this::digit);
        automaton.empty(end, digits);
        return digits;
    }

    /// All whole numbers from one to another.
    private void range(int from, long first, long last, int to) {
        if (last >= 0) {
            natural(from, Math.max(0, first), last, to);
        }
        if (first < 0) {
            natural(automaton.bytes(from, '-', '-'), Math.max(1, -last), -first, to);
        }
    }

    /// All from one to another, none negative, by their number of digits.
    private void natural(int from, long first, long last, int to) {
        long low = first;
        for (long limit = 10; low <= last && limit <= 10 * (LARGEST + 1); limit *= 10) {
            if (low < limit) {
                long high = Math.min(last, limit - 1);
                digits(from, Long.toString(low), Long.toString(high), 0, to);
                low = high + 1;
            }
        }
    }

    /// All of as many digits, from one to another: those with the first one's first digit, those
    /// with the last one's, and all between.
    private void digits(int from, String first, String last, int at, int to) {
        if (at == first.length()) {
            automaton.empty(from, to);
            return;
        }
        char low = first.charAt(at);
        char high = last.charAt(at);
        if (low == high) {
            digits(automaton.bytes(from, low, low), first, last, at + 1, to);
            return;
        }
        int rest = first.length() - at - 1;
        if (!first.endsWith("0".repeat(rest))) {
            String nines = first.substring(0, at + 1) + "9".repeat(rest);
            digits(automaton.bytes(from, low, low), first, nines, at + 1, to);
            low++;
        }
        if (!last.endsWith("9".repeat(rest))) {
            String zeros = last.substring(0, at + 1) + "0".repeat(rest);
            digits(automaton.bytes(from, high, high), zeros, last, at + 1, to);
            high--;
        }
        if (low <= high) {
            int node = automaton.bytes(from, low, high);
            for (int i = 0; i < rest; i++) {
                node = digit(node);
            }
            automaton.empty(node, to);
        }
    }
}
