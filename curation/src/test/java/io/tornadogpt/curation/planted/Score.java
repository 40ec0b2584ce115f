package io.tornadogpt.curation.planted;

import java.util.Locale;

/// How well a step finds what was planted.
///
/// @param step its name, and what it is to find
/// @param planted how many there are
/// @param found of these
/// @param taken all that it took for them, with those that it found rightly
record Score(String step, long planted, long found, long taken) {
    double recall() {
        return planted == 0 ? 1 : found / (double) planted;
    }

    double precision() {
        return taken == 0 ? 1 : found / (double) taken;
    }

    /// A row of a table in Markdown.
    String row() {
        return String.format(
                Locale.ROOT,
                "| %s | %,d | %,d | %.4f | %.4f |",
                step,
                planted,
                found,
                precision(),
                recall());
    }
}
