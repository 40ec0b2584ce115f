package io.tornadogpt.trainer.report;

import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.report.Line.Style;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.DoubleFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;

/// Which charts there are for runs, and what they show.
final class Charts {
    /// Steps of a run that its smoothed curves have mixed into each value.
    private static final int SMOOTHING_PARTS = 40;

    /// Points of all curves of a page.
    private static final int POINTS = 24_000;

    /// Points that stay of each part of a curve.
    private static final int POINTS_A_PART = 4;

    private static final int CURVES_A_RUN = 8;

    /// What names of metrics begin with that were counted in validation.
    private static final String VALIDATION = "eval_";

    private final List<TrainingRun> runs;
    private final Axis steps;
    private final int parts;

    Charts(List<TrainingRun> runs) {
        this.runs = runs;
        int last = runs.stream().mapToInt(TrainingRun::lastStep).max().orElse(1);
        steps = Axis.steps(0, last);
        parts = Math.clamp(POINTS / POINTS_A_PART / CURVES_A_RUN / runs.size(), 20, 300);
    }

    /// The charts of losses, which matter most.
    List<Chart> losses() {
        var charts = new ArrayList<Chart>();
        if (!overlay()) {
            TrainingRun run = runs.getFirst();
            List<Line> lines = scattered("training", run.loss());
            if (!run.validationLoss().isEmpty()) {
                lines.add(new Line("validation", run.validationLoss(), Style.DOTTED, 1));
            }
            charts.add(chart("Loss", "nats a token, by step", lines, Axis::fitting, Figures::mark));
            return charts;
        }
        List<Line> validation = perRun(TrainingRun::validationLoss);
        if (!validation.isEmpty()) {
            charts.add(
                    chart(
                            "Validation loss",
                            "nats a token, by step",
                            validation,
                            Axis::fitting,
                            Figures::mark));
        }
        charts.add(
                chart(
                        "Training loss, smoothed",
                        "nats a token, by step",
                        perRun(run -> smoothed(run.loss())),
                        Axis::fitting,
                        Figures::mark));
        return charts;
    }

    /// The other charts.
    List<Chart> others() {
        var charts = new ArrayList<Chart>();
        charts.add(
                chart(
                        "Learning rate",
                        "",
                        perRun(run -> column(run, StepMetrics::lr)),
                        Axis::fromZero,
                        Figures::rate));
        charts.add(
                noisy(
                        "Gradient norm",
                        "before clipping",
                        StepMetrics::gradNorm,
                        Axis::fitting,
                        Figures::mark));
        charts.add(
                noisy(
                        "Speed",
                        "tokens a second",
                        StepMetrics::tokensPerSecond,
                        Axis::fromZero,
                        Figures::mark));
        boolean known =
                runs.stream().flatMap(run -> run.metrics().stream()).anyMatch(m -> m.mfu() != null);
        if (known) {
            charts.add(
                    noisy(
                            "Utilization",
                            "of the device's peak",
                            StepMetrics::mfu,
                            Axis::fromZero,
                            Charts::share));
        }
        for (String name : measured()) {
            charts.add(measured(name));
        }
        return charts;
    }

    /// Names of what tasks count beside the loss, those of validation under the same.
    private SortedSet<String> measured() {
        var names = new TreeSet<String>();
        for (TrainingRun run : runs) {
            for (StepMetrics step : run.metrics()) {
                step.metrics().keySet().forEach(name -> names.add(withoutPrefix(name)));
            }
        }
        return names;
    }

    private static String withoutPrefix(String name) {
        return name.startsWith(VALIDATION) ? name.substring(VALIDATION.length()) : name;
    }

    private Chart measured(String name) {
        Function<StepMetrics, @Nullable Double> training = step -> step.metrics().get(name);
        Function<StepMetrics, @Nullable Double> validation =
                step -> step.metrics().get(VALIDATION + name);
        List<Line> lines;
        if (overlay()) {
            lines = perRun(run -> column(run, validation));
            if (lines.isEmpty()) {
                lines = perRun(run -> smoothed(column(run, training)));
            }
        } else {
            lines = scattered("training", column(runs.getFirst(), training));
            Curve curve = column(runs.getFirst(), validation);
            if (!curve.isEmpty()) {
                lines.add(new Line("validation", curve, Style.DOTTED, 1));
            }
        }
        return chart(name, "by step", lines, Axis::fitting, Figures::mark);
    }

    private boolean overlay() {
        return runs.size() > 1;
    }

    /// A line as it is logged behind a smoothed one; with several runs the latter alone.
    private Chart noisy(
            String title,
            String unit,
            Function<StepMetrics, @Nullable Double> column,
            Fit fit,
            DoubleFunction<String> label) {
        List<Line> lines =
                overlay()
                        ? perRun(run -> smoothed(column(run, column)))
                        : scattered("each step", column(runs.getFirst(), column));
        return chart(title, overlay() ? unit + ", smoothed" : unit, lines, fit, label);
    }

    private static List<Line> scattered(String label, Curve curve) {
        var lines = new ArrayList<Line>();
        lines.add(new Line(label, curve, Style.FAINT, 0));
        lines.add(new Line("smoothed", smoothed(curve), Style.PLAIN, 0));
        return lines;
    }

    /// A line for each run that has values.
    private List<Line> perRun(Function<TrainingRun, Curve> curve) {
        var lines = new ArrayList<Line>();
        for (int i = 0; i < runs.size(); i++) {
            Curve values = curve.apply(runs.get(i));
            if (!values.isEmpty()) {
                lines.add(new Line(Line.letter(i), values, Style.PLAIN, i));
            }
        }
        return lines;
    }

    private static Curve column(TrainingRun run, Function<StepMetrics, @Nullable Double> column) {
        return Curve.of(run.metrics(), column);
    }

    static Curve smoothed(Curve curve) {
        return curve.smoothed((double) curve.size() / SMOOTHING_PARTS);
    }

    /// Makes an axis on which values can be seen.
    @FunctionalInterface
    private interface Fit {
        Axis axis(DoubleStream values, DoubleFunction<String> label);
    }

    private Chart chart(
            String title, String unit, List<Line> lines, Fit fit, DoubleFunction<String> label) {
        Axis y = fit.axis(lines.stream().flatMapToDouble(line -> line.curve().finite()), label);
        List<Line> thinned =
                lines.stream()
                        .map(l -> new Line(l.label(), l.curve().thinned(parts), l.style(), l.run()))
                        .toList();
        String summary =
                lines.stream()
                        .filter(line -> line.style() != Style.FAINT)
                        .map(line -> summary(line, label))
                        .collect(Collectors.joining("; "));
        return new Chart(title, unit, summary, "step", steps, y, thinned, overlay());
    }

    private static String summary(Line line, DoubleFunction<String> label) {
        Curve curve = line.curve();
        if (curve.isEmpty()) {
            return line.label() + " has no values";
        }
        int last = curve.size() - 1;
        return "%s from %s at step %s to %s at step %s"
                .formatted(
                        line.label(),
                        label.apply(curve.values()[0]),
                        Figures.count((long) curve.steps()[0]),
                        label.apply(curve.values()[last]),
                        Figures.count((long) curve.steps()[last]));
    }

    private static String share(double value) {
        return Figures.mark(100 * value) + " %";
    }
}
