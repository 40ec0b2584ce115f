package io.tornadogpt.trainer.report;

import static io.tornadogpt.trainer.report.Figures.coordinate;

import io.tornadogpt.trainer.report.Line.Style;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;

/// Lines over the steps of a run as an SVG picture.
///
/// The picture has no size of its own: text and dots are placed in percent of whatever room there
/// is, and lines are drawn in a square of 1000 that is stretched to it, so that letters and strokes
/// are equally large on a phone and on a wide screen.
///
/// @param title what is shown
/// @param unit of the values
/// @param summary what the picture says, in a sentence for those who do not see it
/// @param across what a place on `x` is called, such as "step"
/// @param x the steps, or what else the lines go over
/// @param y the values
/// @param lines from the one that lies behind the others to the one before them
/// @param overlay whether lines belong to several runs
record Chart(
        String title,
        String unit,
        String summary,
        String across,
        Axis x,
        Axis y,
        List<Line> lines,
        boolean overlay) {
    private static final double SIDE = 1000;

    /// How far letters at the ends of lines stay apart, of the height.
    private static final double LETTER_HEIGHT = 0.08;

    /// How far crosses stay apart, of the width.
    private static final double CROSS_WIDTH = 0.015;

    void write(Html html, boolean wide) {
        html.open("figure", "class", wide ? "chart wide" : "chart");
        html.open("figcaption");
        html.element("h3", title).element("span", unit, "class", "unit");
        writeLegend(html);
        html.close();
        html.open(
                "svg",
                "class",
                "plot",
                "role",
                "img",
                "aria-label",
                title + ": " + summary,
                "tabindex",
                "0",
                "data-x",
                range(x),
                "data-across",
                across,
                "data-y",
                range(y));
        writeGrid(html);
        writeLines(html);
        html.empty("line", "class", "cursor", "y1", "0", "y2", "100%");
        html.close();
        html.element("p", "", "class", "readout", "aria-live", "polite");
        html.close();
    }

    private static String range(Axis axis) {
        return axis.low() + " " + axis.high() + (axis.logarithmic() ? " log" : "");
    }

    /// What the lines are, where the title alone does not say it; runs have a legend of their own.
    private void writeLegend(Html html) {
        if (overlay || lines.size() < 2) {
            return;
        }
        html.open("ul", "class", "legend");
        for (Line line : lines) {
            html.open("li");
            writeSwatch(html, line);
            html.text(line.label()).close();
        }
        html.close();
    }

    /// A short piece of a line.
    static void writeSwatch(Html html, Line line) {
        html.open("svg", "class", "swatch", "aria-hidden", "true");
        html.empty(
                "line", "class", classes(line), "x1", "0", "x2", "100%", "y1", "50%", "y2", "50%");
        if (line.style() == Style.DOTTED || line.style() == Style.POINTS) {
            html.empty("circle", "class", classes(line), "cx", "50%", "cy", "50%", "r", "3");
        }
        html.close();
    }

    private void writeGrid(Html html) {
        for (double tick : y.ticks()) {
            String at = percent(1 - y.fraction(tick));
            html.empty("line", "class", "grid", "x1", "0", "x2", "100%", "y1", at, "y2", at);
            html.element(
                    "text",
                    y.label(tick),
                    "class",
                    "tick y",
                    "x",
                    "0",
                    "y",
                    at,
                    "dx",
                    "-8",
                    "dy",
                    "0.35em");
        }
        for (double tick : x.ticks()) {
            html.element(
                    "text",
                    x.label(tick),
                    "class",
                    "tick x",
                    "x",
                    percent(x.fraction(tick)),
                    "y",
                    "100%",
                    "dy",
                    "1.5em");
        }
        html.empty("line", "class", "base", "x1", "0", "x2", "100%", "y1", "100%", "y2", "100%");
    }

    /// Opens the element that lines are drawn in, 1,000 units wide and high at any size.
    static void openLines(Html html) {
        html.open(
                "svg",
                "class",
                "lines",
                "viewBox",
                "0 0 1000 1000",
                "preserveAspectRatio",
                "none",
                "width",
                "100%",
                "height",
                "100%");
    }

    private void writeLines(Html html) {
        openLines(html);
        for (Line line : lines) {
            html.empty(
                    "path",
                    "class",
                    classes(line),
                    "data-label",
                    line.label(),
                    "d",
                    path(line.curve()));
        }
        html.close();
        lines.forEach(line -> writeDots(html, line));
        writeGaps(html);
        if (overlay) {
            writeLetters(html);
        }
    }

    /// Dots at the values of a dotted line, and where a value stands alone between gaps.
    private void writeDots(Html html, Line line) {
        Curve curve = line.curve();
        for (int i = 0; i < curve.size(); i++) {
            boolean alone =
                    (i == 0 || curve.isGap(i - 1)) && (i == curve.size() - 1 || curve.isGap(i + 1));
            boolean dot =
                    line.style() == Style.POINTS
                            || (line.style() == Style.DOTTED && curve.size() <= 60);
            if (!curve.isGap(i) && (dot || alone)) {
                html.empty(
                        "circle",
                        "class",
                        classes(line),
                        "cx",
                        percent(x.fraction(curve.steps()[i])),
                        "cy",
                        percent(1 - y.fraction(curve.values()[i])),
                        "r",
                        line.style() == Style.FAINT ? "1.5" : "3");
            }
        }
    }

    /// A cross at the upper edge for steps without a finite value, one for those close together.
    private void writeGaps(Html html) {
        double free = Double.NEGATIVE_INFINITY;
        for (double step : gaps()) {
            double at = x.fraction(step);
            if (at >= free) {
                free = at + CROSS_WIDTH;
                html.element(
                        "text", "×", "class", "gap", "x", percent(at), "y", "0", "dy", "0.8em");
            }
        }
    }

    private double[] gaps() {
        return lines.stream().flatMapToDouble(line -> line.curve().gaps()).sorted().toArray();
    }

    /// Where a line ends, and its run's letter stands.
    private record End(Line line, double x, double y) {}

    /// Each run's letter where its line ends, moved up or down where it would cover another.
    private void writeLetters(Html html) {
        var columns = new TreeMap<Double, List<End>>();
        for (Line line : lines) {
            Curve curve = line.curve();
            int last = curve.size() - 1;
            if (last >= 0 && !curve.isGap(last)) {
                double at = x.fraction(curve.steps()[last]);
                var end = new End(line, at, 1 - y.fraction(curve.values()[last]));
                columns.computeIfAbsent(at, _ -> new ArrayList<>()).add(end);
            }
        }
        columns.values().forEach(ends -> writeLetters(html, ends));
    }

    private static void writeLetters(Html html, List<End> column) {
        column.sort(Comparator.comparingDouble(End::y));
        double[] at = column.stream().mapToDouble(End::y).toArray();
        for (int i = 1; i < at.length; i++) {
            at[i] = Math.max(at[i], at[i - 1] + LETTER_HEIGHT);
        }
        double lowest = 1;
        for (int i = at.length - 1; i >= 0; i--) {
            at[i] = Math.min(at[i], lowest);
            lowest = at[i] - LETTER_HEIGHT;
            End end = column.get(i);
            html.element(
                    "text",
                    Line.letter(end.line.run()),
                    "class",
                    "letter run" + colour(end.line),
                    "x",
                    percent(end.x),
                    "y",
                    percent(at[i]),
                    "dx",
                    "6",
                    "dy",
                    "0.35em");
        }
    }

    /// Straight pieces between neighbouring values; a gap begins another piece.
    private String path(Curve curve) {
        var path = new StringBuilder();
        boolean down = false;
        for (int i = 0; i < curve.size(); i++) {
            if (curve.isGap(i)) {
                down = false;
                continue;
            }
            path.append(down ? 'L' : 'M')
                    .append(coordinate(SIDE * x.fraction(curve.steps()[i])))
                    .append(' ')
                    .append(coordinate(SIDE * (1 - y.fraction(curve.values()[i]))));
            down = true;
        }
        return path.toString();
    }

    private static String percent(double fraction) {
        return coordinate(100 * fraction) + "%";
    }

    private static String classes(Line line) {
        String style =
                switch (line.style()) {
                    case FAINT -> "faint";
                    case PLAIN -> "plain";
                    case DOTTED -> "dotted";
                    case POINTS -> "points";
                };
        return style + " run" + colour(line) + " dash" + line.run() % 4;
    }

    private static int colour(Line line) {
        return line.run() % 8;
    }
}
