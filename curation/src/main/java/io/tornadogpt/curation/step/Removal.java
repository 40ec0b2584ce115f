package io.tornadogpt.curation.step;

import io.tornadogpt.curation.Verdict;

import java.util.Locale;

/// Says why a document goes.
final class Removal {
    private Removal() {}

    static Verdict above(String reason, double value, double limit) {
        return new Verdict.Removed(reason, show(value) + " is above " + show(limit));
    }

    static Verdict below(String reason, double value, double limit) {
        return new Verdict.Removed(reason, show(value) + " is below " + show(limit));
    }

    /// Where a rule refuses the limit itself.
    static Verdict notAbove(String reason, double value, double limit) {
        return new Verdict.Removed(reason, show(value) + " is not above " + show(limit));
    }

    /// Where a rule refuses the limit itself.
    static Verdict notBelow(String reason, double value, double limit) {
        return new Verdict.Removed(reason, show(value) + " is not below " + show(limit));
    }

    private static String show(double value) {
        return value == Math.rint(value)
                ? Limits.number(value)
                : String.format(Locale.ROOT, "%.4g", value);
    }
}
