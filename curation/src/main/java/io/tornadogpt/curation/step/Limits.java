package io.tornadogpt.curation.step;

/// Checks settings.
final class Limits {
    private Limits() {}

    static void atLeast(String name, double value, double least) {
        if (!(value >= least)) {
            throw new IllegalArgumentException(
                    name + " is " + number(value) + "; set it to " + number(least) + " or more");
        }
    }

    static void share(String name, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(
                    name + " is " + number(value) + "; set it to a number from 0 to 1");
        }
    }

    static String number(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }
}
