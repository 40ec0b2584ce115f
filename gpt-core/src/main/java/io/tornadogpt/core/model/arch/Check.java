package io.tornadogpt.core.model.arch;

/// The checks that the values of an architecture share, and their sentences.
final class Check {
    private static final long MOST_ELEMENTS = Integer.MAX_VALUE - 8;

    private Check() {}

    static void atLeastOne(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException("%s is %d; expected >= 1".formatted(name, value));
        }
    }

    static void atMost(String name, int value, int most) {
        if (value > most) {
            throw new IllegalArgumentException(
                    "%s is %d; expected at most %d".formatted(name, value, most));
        }
    }

    /// A weight has no more elements than an array may have.
    static void fits(String name, long rows, long columns) {
        if (rows > MOST_ELEMENTS / columns) {
            throw new IllegalArgumentException(
                    "%s makes a weight of %d x %d elements; expected at most %d"
                            .formatted(name, rows, columns, MOST_ELEMENTS));
        }
    }

    static void epsilon(double value) {
        if (!(value > 0 && value < 1)) {
            throw new IllegalArgumentException(
                    "epsilon of norms is " + value + "; expected 0 < epsilon < 1");
        }
    }

    static void positive(String name, double value) {
        if (!(value > 0 && Double.isFinite(value))) {
            throw new IllegalArgumentException(
                    name + " is " + value + "; expected a finite number above 0");
        }
    }

    static void notNegative(String name, double value) {
        if (!(value >= 0 && Double.isFinite(value))) {
            throw new IllegalArgumentException(
                    name + " is " + value + "; expected a finite number, 0 or above");
        }
    }

    static void probability(String name, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(name + " is " + value + "; expected 0 <= p < 1");
        }
    }
}
