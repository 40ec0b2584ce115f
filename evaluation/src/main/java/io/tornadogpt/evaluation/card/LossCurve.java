package io.tornadogpt.evaluation.card;

import io.tornadogpt.trainer.metrics.StepMetrics;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The losses of a run as a picture, and as the few points that a card lists.
///
/// @param steps of a run, in order
record LossCurve(List<StepMetrics> steps) {
    private static final int WIDTH = 640;
    private static final int HEIGHT = 260;
    private static final int LEFT = 52;
    private static final int BOTTOM = 34;
    private static final int TOP = 14;
    private static final int RIGHT = 14;
    private static final int POINTS = 300;
    private static final int LISTED = 10;

    /// A point of a curve.
    private record Point(int step, double loss) {}

    /// Lines at which both losses are listed: the first, the last, and some between, where possible
    /// such as were validated.
    List<StepMetrics> listed() {
        List<StepMetrics> validated = steps.stream().filter(s -> s.valLoss() != null).toList();
        List<StepMetrics> from = validated.size() >= 2 ? validated : steps;
        var listed = new ArrayList<StepMetrics>();
        int count = Math.min(LISTED, from.size());
        for (int i = 0; i < count; i++) {
            int at = count == 1 ? 0 : (int) ((long) i * (from.size() - 1) / (count - 1));
            listed.add(from.get(at));
        }
        return listed;
    }

    /// The picture as SVG, which stands for itself: no script, no font, no colours of a page.
    String svg() {
        List<Point> training = training();
        List<Point> validation = validation();
        double lowest = Double.POSITIVE_INFINITY;
        double highest = Double.NEGATIVE_INFINITY;
        for (List<Point> curve : List.of(training, validation)) {
            for (Point point : curve) {
                lowest = Math.min(lowest, point.loss);
                highest = Math.max(highest, point.loss);
            }
        }
        double room = Math.max(1e-6, highest - lowest) * 0.05;
        var frame = new Frame(lastStep(), lowest - room, highest + room);
        var svg = new StringBuilder();
        svg.append(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">\n"
                        .formatted(WIDTH, HEIGHT, WIDTH, HEIGHT));
        svg.append("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n");
        for (int i = 0; i <= 4; i++) {
            double loss = frame.lowest + (frame.highest - frame.lowest) * i / 4;
            svg.append(
                    format(
                            "<path d=\"M%d %.1fH%d\" stroke=\"#dddddd\"/><text x=\"%d\" y=\"%.1f\""
                                    + " text-anchor=\"end\" fill=\"#333333\">%.2f</text>%n",
                            LEFT, frame.y(loss), WIDTH - RIGHT, LEFT - 6, frame.y(loss) + 4, loss));
            int step = (int) ((long) frame.steps * i / 4);
            svg.append(
                    format(
                            "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\""
                                    + " fill=\"#333333\">%d</text>%n",
                            frame.x(step), HEIGHT - BOTTOM + 16, i == 4 ? "end" : "middle", step));
        }
        line(svg, frame, training, "#7a9cc6", "training loss");
        line(svg, frame, validation, "#b3412e", "validation loss");
        svg.append(
                "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#333333\">step</text>\n</svg>\n"
                        .formatted(WIDTH - RIGHT, HEIGHT - 4));
        return svg.toString();
    }

    private int lastStep() {
        return steps.isEmpty() ? 1 : Math.max(1, steps.getLast().step());
    }

    /// Where steps and losses lie in the picture.
    private record Frame(int steps, double lowest, double highest) {
        double x(int step) {
            return LEFT + (WIDTH - LEFT - RIGHT) * (double) step / steps;
        }

        double y(double loss) {
            double part = (loss - lowest) / (highest - lowest);
            return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * part;
        }
    }

    private static void line(
            StringBuilder svg, Frame frame, List<Point> curve, String colour, String name) {
        if (curve.isEmpty()) {
            return;
        }
        svg.append(
                "<polyline fill=\"none\" stroke-width=\"1.5\" stroke=\"%s\" points=\""
                        .formatted(colour));
        for (Point point : curve) {
            svg.append(format("%.1f,%.1f ", frame.x(point.step), frame.y(point.loss)));
        }
        svg.append("\"><title>%s</title></polyline>%n".formatted(name));
        int row = name.startsWith("v") ? 1 : 0;
        svg.append(
                "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"%s\">%s</text>\n"
                        .formatted(WIDTH - RIGHT - 4, TOP + 14 + 16 * row, colour, name));
    }

    /// Means of neighbouring steps, so many that a picture shows them.
    private List<Point> training() {
        List<StepMetrics> finite = steps.stream().filter(s -> Double.isFinite(s.loss())).toList();
        var points = new ArrayList<Point>();
        int count = Math.min(POINTS, finite.size());
        for (int i = 0; i < count; i++) {
            int from = (int) ((long) i * finite.size() / count);
            int to = (int) ((long) (i + 1) * finite.size() / count);
            double mean =
                    finite.subList(from, to).stream()
                            .mapToDouble(StepMetrics::loss)
                            .average()
                            .orElseThrow();
            points.add(new Point(finite.get(to - 1).step(), mean));
        }
        return points;
    }

    private List<Point> validation() {
        var points = new ArrayList<Point>();
        for (StepMetrics step : steps) {
            Double loss = step.valLoss();
            if (loss != null && Double.isFinite(loss)) {
                points.add(new Point(step.step(), loss));
            }
        }
        return points;
    }

    private static String format(String format, Object... arguments) {
        return String.format(Locale.ROOT, format, arguments);
    }
}
