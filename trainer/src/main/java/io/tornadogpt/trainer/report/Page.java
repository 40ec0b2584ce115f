package io.tornadogpt.trainer.report;

import io.tornadogpt.trainer.metrics.RunStart;
import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.metrics.StepSample;
import io.tornadogpt.trainer.report.Line.Style;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;

/// The page of a report, from top to bottom.
final class Page {
    static final String GENERATOR = "TornadoGPT training report";

    /// Samples of all runs that are shown, rows of all tables of figures, characters of a sample.
    private static final int SAMPLES = 48;

    private static final int SAMPLES_A_RUN = 12;
    private static final int ROWS = 400;
    private static final int ROWS_A_RUN = 40;
    private static final int SAMPLE_LENGTH = 2000;

    private final List<TrainingRun> runs;
    private final @Nullable String title;
    private final List<ResultTable> tables;
    private final Html html = new Html();

    /// @param title null for the name or the number of the runs
    /// @param tables about all of them
    Page(List<TrainingRun> runs, @Nullable String title, List<ResultTable> tables) {
        this.runs = runs;
        this.title = title;
        this.tables = tables;
    }

    String html() {
        return PageFrame.html(title() + " · training report", GENERATOR, html, this::writeBody);
    }

    private void writeBody() {
        writeHead();
        tables.forEach(table -> writeTable(html, table));
        if (overlay()) {
            new Comparison(runs, html).write();
        }
        writeCharts();
        writeResults();
        writeSamples();
        writeFigures();
        new Origins(runs, html).write();
    }

    private String title() {
        if (title != null) {
            return title;
        }
        return overlay() ? runs.size() + " runs" : runs.getFirst().name();
    }

    private boolean overlay() {
        return runs.size() > 1;
    }

    private void writeHead() {
        html.open("header");
        html.element("p", "TornadoGPT training report", "class", "kicker");
        html.element("h1", title());
        html.close();
        if (overlay()) {
            writeRuns();
        } else {
            html.open("dl", "class", "tiles");
            facts(runs.getFirst())
                    .forEach(
                            (name, value) -> {
                                html.open("div").element("dt", name);
                                html.element("dd", value.figure);
                                html.element("dd", value.detail, "class", "detail").close();
                            });
            html.close();
        }
    }

    /// A figure, and what it goes with.
    private record Fact(String figure, String detail) {}

    private static Map<String, Fact> facts(TrainingRun run) {
        var facts = new LinkedHashMap<String, Fact>();
        StepMetrics best = run.best();
        if (best != null) {
            facts.put(
                    "Best validation loss",
                    new Fact(
                            Figures.loss(Objects.requireNonNull(best.valLoss())),
                            "at step " + Figures.count(best.step())));
        }
        Curve loss = run.loss();
        if (!loss.isEmpty()) {
            facts.put(
                    "Training loss",
                    new Fact(
                            Figures.loss(Charts.smoothed(loss).values()[loss.size() - 1]),
                            "smoothed, last step"));
        }
        String planned =
                run.plannedSteps() > 0 ? "of " + Figures.count(run.plannedSteps()) : "done";
        facts.put("Steps", new Fact(Figures.count(run.lastStep()), planned));
        if (run.tokensPerStep() > 0 && !run.metrics().isEmpty()) {
            double tokens = run.tokens();
            String speed = Figures.rounded(medianSpeed(run)) + " a second";
            facts.put("Tokens", new Fact(Figures.rounded(tokens), speed));
            facts.put("Time", new Fact(Figures.duration(run.seconds()), "in training steps"));
        }
        if (!run.starts().isEmpty()) {
            RunStart last = run.starts().getLast();
            facts.put(
                    "Parameters",
                    new Fact(Figures.rounded((double) last.parameters()), "on " + last.device()));
        }
        return facts;
    }

    private static double medianSpeed(TrainingRun run) {
        double[] sorted =
                run.metrics().stream().mapToDouble(StepMetrics::tokensPerSecond).sorted().toArray();
        return sorted[sorted.length / 2];
    }

    /// The legend of all charts, with the results of each run.
    private void writeRuns() {
        Set<String> columns = new LinkedHashSet<>();
        runs.forEach(run -> columns.addAll(facts(run).keySet()));
        html.openTable("What came of each run");
        html.open("thead").open("tr").element("th", "Run", "scope", "col");
        columns.forEach(column -> html.element("th", column, "scope", "col"));
        html.close().close().open("tbody");
        for (int i = 0; i < runs.size(); i++) {
            Map<String, Fact> facts = facts(runs.get(i));
            html.open("tr");
            writeRunCell(i);
            for (String column : columns) {
                Fact fact = facts.getOrDefault(column, new Fact("–", ""));
                html.open("td").text(fact.figure);
                html.element("span", fact.detail, "class", "detail").close();
            }
            html.close();
        }
        html.close();
        html.closeTable();
    }

    /// A run's letter, line and name, as the head of a row.
    private void writeRunCell(int i) {
        html.open("th", "scope", "row", "class", "run");
        html.element("span", Line.letter(i), "class", "key run" + i % 8);
        Chart.writeSwatch(
                html, new Line("", new Curve(new double[0], new double[0]), Style.PLAIN, i));
        html.text(runs.get(i).name()).close();
    }

    private void writeCharts() {
        html.open("section", "aria-label", "Curves");
        if (runs.stream().allMatch(run -> run.metrics().isEmpty())) {
            html.element(
                    "p", "No step has been done yet, so there are no curves.", "class", "note");
        } else {
            var charts = new Charts(runs);
            charts.losses().forEach(chart -> chart.write(html, true));
            List<Chart> others = charts.others();
            html.open("div", "class", others.size() == 4 ? "charts four" : "charts");
            others.forEach(chart -> chart.write(html, false));
            html.close();
            runs.forEach(this::writeGaps);
        }
        html.close();
    }

    private void writeGaps(TrainingRun run) {
        double[] gaps = run.loss().gaps().toArray();
        if (gaps.length > 0) {
            html.element(
                    "p",
                    "%s: the loss was not finite at %s of %s steps, first at step %s; they are marked ×."
                            .formatted(
                                    run.name(),
                                    Figures.count(gaps.length),
                                    Figures.count(run.metrics().size()),
                                    Figures.count((long) gaps[0])),
                    "class",
                    "note");
        }
    }

    private void writeResults() {
        for (int i = 0; i < runs.size(); i++) {
            List<ResultTable> tables = runs.get(i).results();
            if (tables.isEmpty()) {
                continue;
            }
            html.open("section");
            String title = "What came of it";
            html.element(
                    "h2",
                    overlay()
                            ? "%s · %s: %s".formatted(Line.letter(i), runs.get(i).name(), title)
                            : title);
            tables.forEach(table -> writeTable(html, table));
            html.close();
        }
    }

    static void writeTable(Html html, ResultTable table) {
        html.element("h3", table.caption());
        html.openTable(table.caption());
        html.open("thead").open("tr");
        table.columns().forEach(column -> html.element("th", column, "scope", "col"));
        html.close().close().open("tbody");
        for (List<String> row : table.rows()) {
            html.open("tr").element("th", row.getFirst(), "scope", "row");
            row.subList(1, row.size()).forEach(cell -> html.element("td", cell));
            html.close();
        }
        html.close();
        html.closeTable();
    }

    private void writeSamples() {
        if (runs.stream().allMatch(run -> run.samples().isEmpty())) {
            return;
        }
        html.open("section").element("h2", "What it wrote");
        int most = Math.clamp(SAMPLES / runs.size(), 2, SAMPLES_A_RUN);
        for (int i = 0; i < runs.size(); i++) {
            writeSamples(runs.get(i), i, most);
        }
        html.close();
    }

    private void writeSamples(TrainingRun run, int number, int most) {
        List<StepSample> shown = spread(run.samples(), most);
        if (overlay()) {
            html.element("h3", Line.letter(number) + " · " + run.name());
        }
        if (shown.isEmpty()) {
            html.element("p", "No samples.", "class", "note");
            return;
        }
        html.open("div", "class", "samples");
        for (StepSample sample : shown) {
            html.open("article");
            html.element("h4", "Step " + Figures.count(sample.step()));
            html.open("pre", "tabindex", "0");
            html.element("span", cut(sample.prompt()), "class", "prompt");
            html.text(cut(sample.text())).close().close();
        }
        html.close();
        if (shown.size() < run.samples().size()) {
            html.element(
                    "p",
                    shown.size()
                            + " of "
                            + Figures.count(run.samples().size())
                            + " samples; all are in samples.jsonl.",
                    "class",
                    "note");
        }
    }

    private static String cut(String text) {
        return text.codePointCount(0, text.length()) <= SAMPLE_LENGTH
                ? text
                : text.substring(0, text.offsetByCodePoints(0, SAMPLE_LENGTH)) + " …";
    }

    /// The first, the last, and others at equal distances.
    private static <T> List<T> spread(List<T> all, int most) {
        if (all.size() <= most) {
            return all;
        }
        return IntStream.range(0, most)
                .mapToObj(i -> all.get((int) ((long) i * (all.size() - 1) / (most - 1))))
                .toList();
    }

    private void writeFigures() {
        html.open("section").element("h2", "In figures");
        int most = Math.clamp(ROWS / runs.size(), 5, ROWS_A_RUN);
        for (int i = 0; i < runs.size(); i++) {
            TrainingRun run = runs.get(i);
            html.open("details");
            String name = overlay() ? Line.letter(i) + " · " + run.name() : "Step by step";
            html.element("summary", name);
            writeRows(run, most);
            html.close();
        }
        html.close();
    }

    private void writeRows(TrainingRun run, int most) {
        List<StepMetrics> evaluated =
                run.metrics().stream().filter(m -> m.valLoss() != null).toList();
        List<StepMetrics> rows = spread(evaluated.size() > 1 ? evaluated : run.metrics(), most);
        Curve smoothed = Charts.smoothed(run.loss());
        html.openTable("Figures of " + run.name());
        html.open("thead").open("tr");
        List.of("Step", "Loss", "Smoothed", "Validation", "Learning rate", "Norm", "Tokens/s")
                .forEach(column -> html.element("th", column, "scope", "col"));
        html.close().close().open("tbody");
        for (StepMetrics row : rows) {
            html.open("tr").element("th", Figures.count(row.step()), "scope", "row");
            html.element("td", Figures.loss(row.loss()));
            html.element("td", Figures.loss(smoothed.at(row.step())));
            html.element("td", row.valLoss() == null ? "–" : Figures.loss(row.valLoss()));
            html.element("td", Figures.rate(row.lr()));
            html.element("td", Figures.rounded(row.gradNorm()));
            html.element("td", Figures.rounded(row.tokensPerSecond())).close();
        }
        html.close();
        html.closeTable();
    }
}
