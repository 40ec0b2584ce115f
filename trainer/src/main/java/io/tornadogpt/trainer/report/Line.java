package io.tornadogpt.trainer.report;

/// One line of a chart.
///
/// @param label what it shows, in the legend and when it is pointed at
/// @param curve its values
/// @param style how it looks
/// @param run number of the run that it belongs to, which says its colour and dashes
record Line(String label, Curve curve, Style style, int run) {

    /// How a line looks.
    enum Style {
        /// A thin one behind the others, of values that scatter.
        FAINT,
        /// A plain one.
        PLAIN,
        /// One with a dot at each value, in a colour of its own where there is one run.
        DOTTED,
        /// Dots with nothing between them.
        POINTS
    }

    /// Letters for runs: A to Z, then AA.
    static String letter(int run) {
        String last = Character.toString('A' + run % 26);
        return run < 26 ? last : letter(run / 26 - 1) + last;
    }
}
