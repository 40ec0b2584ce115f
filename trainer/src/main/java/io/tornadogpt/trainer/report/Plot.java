package io.tornadogpt.trainer.report;

import java.util.List;

/// Curves and points over a quantity, for a [FigurePage].
///
/// @param title what is shown
/// @param unit of the values, or what else has to be said
/// @param across what the values lie over
/// @param logX whether equal ratios across are equally far apart
/// @param series from the one that lies behind the others to the one before them
public record Plot(String title, String unit, String across, boolean logX, List<Series> series) {
    public Plot {
        series = List.copyOf(series);
    }

    /// How values are drawn.
    public enum Look {
        /// A line.
        LINE,
        /// A thin line behind others.
        FAINT,
        /// A dot a value.
        POINTS
    }

    /// Values that belong together.
    ///
    /// @param colour a number for each colour; what belongs together has the same
    /// @param x ascending
    /// @param y one a place, NaN for a gap
    public record Series(String label, Look look, int colour, double[] x, double[] y) {
        public Series {
            if (x.length != y.length) {
                throw new IllegalArgumentException(
                        "%s: %d places but %d values".formatted(label, x.length, y.length));
            }
        }
    }

    Chart chart() {
        Axis x = Axis.across(series.stream().flatMapToDouble(s -> curve(s).xs()), logX);
        Axis y =
                Axis.fitting(
                        series.stream().flatMapToDouble(s -> curve(s).finite()), Figures::mark);
        List<Line> lines =
                series.stream()
                        .map(s -> new Line(s.label, curve(s), style(s.look), s.colour))
                        .toList();
        String summary =
                String.join(", ", series.stream().map(Series::label).toList()) + " over " + across;
        return new Chart(title, unit, summary, across, x, y, lines, false);
    }

    private static Curve curve(Series series) {
        return new Curve(series.x, series.y);
    }

    private static Line.Style style(Look look) {
        return switch (look) {
            case LINE -> Line.Style.PLAIN;
            case FAINT -> Line.Style.FAINT;
            case POINTS -> Line.Style.POINTS;
        };
    }
}
