package io.tornadogpt.trainer.report;

import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.run.RunOrigin;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// What the settings in which runs differ did to the validation loss: each run as a line through
/// all of these settings (parallel coordinates), and a table of losses for each two of them.
///
/// @param html the page that the sections are written to
record Comparison(List<TrainingRun> runs, Html html) {
    private static final double SIDE = 1000;
    private static final int MOST_AXES = 10;
    private static final int MOST_MAPS = 6;
    private static final int MOST_VALUES = 12;
    private static final int MOST_MARKS = 6;
    private static final int SHADES = 10;
    private static final String SEED = "seed";
    private static final String LOSS = "validation loss";

    /// Values of runs along an axis.
    ///
    /// @param places 0 to 1 from below, one a run
    /// @param marks what is written where
    private record Scale(String name, double[] places, Map<String, Double> marks) {}

    void write() {
        double[] losses =
                runs.stream().map(TrainingRun::best).mapToDouble(Comparison::loss).toArray();
        List<String> keys = differing();
        long measured = Arrays.stream(losses).filter(Double::isFinite).count();
        if (measured < 2 || keys.isEmpty()) {
            return;
        }
        html.open("section").element("h2", "What the settings did");
        var scales = new ArrayList<Scale>();
        keys.stream().limit(MOST_AXES).forEach(key -> scales.add(scale(key, values(key))));
        scales.add(numbers(LOSS, losses));
        writeLines(scales, losses);
        writeMaps(keys.stream().filter(key -> !key.equals(SEED)).toList(), losses);
        html.close();
    }

    private static double loss(@Nullable StepMetrics best) {
        Double loss = best == null ? null : best.valLoss();
        return loss == null ? Double.NaN : loss;
    }

    private List<String> differing() {
        Set<String> keys = new LinkedHashSet<>();
        runs.forEach(run -> keys.addAll(run.settings().keySet()));
        keys.add(SEED);
        return keys.stream()
                .filter(key -> Arrays.stream(values(key)).distinct().count() > 1)
                .toList();
    }

    private String[] values(String key) {
        return runs.stream().map(run -> value(run, key)).toArray(String[]::new);
    }

    private static String value(TrainingRun run, String key) {
        RunOrigin origin = run.origin();
        return key.equals(SEED)
                ? origin == null ? "" : Long.toString(origin.seed())
                : run.settings().getOrDefault(key, "");
    }

    private static double number(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }

    private static List<String> sorted(String... values) {
        Comparator<String> byNumber = Comparator.comparingDouble(Comparison::number);
        return Arrays.stream(values)
                .distinct()
                .sorted(byNumber.thenComparing(Comparator.naturalOrder()))
                .toList();
    }

    private static Scale scale(String key, String... values) {
        double[] numbers = Arrays.stream(values).mapToDouble(Comparison::number).toArray();
        if (!key.equals(SEED) && Arrays.stream(numbers).allMatch(Double::isFinite)) {
            return numbers(key, numbers);
        }
        List<String> all = sorted(values);
        var marks = new LinkedHashMap<String, Double>();
        for (int i = 0; i < all.size(); i++) {
            marks.put(all.get(i).isEmpty() ? "(none)" : all.get(i), (i + 0.5) / all.size());
        }
        double[] places =
                Arrays.stream(values)
                        .mapToDouble(v -> (all.indexOf(v) + 0.5) / all.size())
                        .toArray();
        return new Scale(key, places, marks);
    }

    private static Scale numbers(String name, double... values) {
        Axis axis = Axis.fitting(Arrays.stream(values), Figures::mark);
        double[] distinct =
                Arrays.stream(values).filter(Double::isFinite).distinct().sorted().toArray();
        boolean few = distinct.length <= MOST_MARKS && !name.equals(LOSS);
        var marks = new LinkedHashMap<String, Double>();
        DoubleStream at =
                few
                        ? Arrays.stream(distinct)
                        : axis.ticks().stream().mapToDouble(Double::doubleValue);
        at.forEach(value -> marks.put(Figures.mark(value), axis.fraction(value)));
        return new Scale(name, Arrays.stream(values).map(axis::fraction).toArray(), marks);
    }

    /// The best runs are drawn last and strongest.
    private void writeLines(List<Scale> scales, double... losses) {
        html.open("figure", "class", "chart wide").open("figcaption");
        html.element("h3", "Each run as a line")
                .element(
                        "span",
                        "through the settings in which runs differ, to its lowest validation loss",
                        "class",
                        "unit");
        html.close();
        List<Integer> order =
                IntStream.range(0, losses.length)
                        .boxed()
                        .filter(i -> Double.isFinite(losses[i]))
                        .sorted(Comparator.comparingDouble((Integer i) -> -losses[i]))
                        .toList();
        int best = order.getLast();
        String said =
                "the lowest, %s, is that of %s"
                        .formatted(Figures.loss(losses[best]), runs.get(best).name());
        html.open("svg", "class", "plot still", "role", "img", "aria-label", said);
        for (int i = 0; i < scales.size(); i++) {
            writeScale(scales.get(i), i / (scales.size() - 1.0));
        }
        Chart.openLines(html);
        for (int rank = 0; rank < order.size(); rank++) {
            int run = order.get(rank);
            double strength = order.size() == 1 ? 1 : 0.25 + 0.75 * rank / (order.size() - 1);
            html.empty(
                    "path",
                    "class",
                    "plain run" + run % 8 + " dash" + run % 4,
                    "stroke-opacity",
                    String.format(Locale.ROOT, "%.2f", strength),
                    "d",
                    path(scales, run));
        }
        html.close();
        if (runs.size() <= SHADES * 2) {
            Scale last = scales.getLast();
            for (int run : order) {
                html.element(
                        "text",
                        Line.letter(run),
                        "class",
                        "letter run" + run % 8,
                        "x",
                        "100%",
                        "y",
                        percent(1 - last.places[run]),
                        "dx",
                        "6",
                        "dy",
                        "0.35em");
            }
        }
        html.close().close();
    }

    private static String path(List<Scale> scales, int run) {
        var path = new StringBuilder();
        for (int i = 0; i < scales.size(); i++) {
            path.append(i == 0 ? 'M' : 'L')
                    .append(Figures.coordinate(SIDE * i / (scales.size() - 1)))
                    .append(' ')
                    .append(Figures.coordinate(SIDE * (1 - scales.get(i).places[run])));
        }
        return path.toString();
    }

    private void writeScale(Scale scale, double x) {
        html.empty("line", "class", "base", "x1", percent(x), "x2", percent(x), "y2", "100%");
        String name = scale.name.substring(scale.name.indexOf('.') + 1);
        html.element("text", name, "class", "tick x", "x", percent(x), "y", "100%", "dy", "1.6em");
        scale.marks.forEach(
                (mark, y) ->
                        html.element(
                                "text",
                                mark,
                                "class",
                                "tick y",
                                "x",
                                percent(x),
                                "y",
                                percent(1 - y),
                                "dx",
                                "-6",
                                "dy",
                                "0.35em"));
    }

    private static String percent(double fraction) {
        return Figures.coordinate(100 * fraction) + "%";
    }

    private void writeMaps(List<String> keys, double... losses) {
        int maps = 0;
        for (int i = 0; i < keys.size(); i++) {
            for (int j = i + 1; j < keys.size() && maps < MOST_MAPS; j++) {
                String[] rows = values(keys.get(i));
                String[] columns = values(keys.get(j));
                if (sorted(rows).size() <= MOST_VALUES && sorted(columns).size() <= MOST_VALUES) {
                    writeMap(keys.get(i), rows, keys.get(j), columns, losses);
                    maps++;
                }
            }
        }
    }

    private void writeMap(
            String rowKey, String[] rows, String columnKey, String[] columns, double[] losses) {
        List<String> down = sorted(rows);
        List<String> across = sorted(columns);
        var cells = new double[down.size()][across.size()];
        for (int r = 0; r < down.size(); r++) {
            for (int c = 0; c < across.size(); c++) {
                String row = down.get(r);
                String column = across.get(c);
                cells[r][c] =
                        IntStream.range(0, losses.length)
                                .filter(i -> rows[i].equals(row) && columns[i].equals(column))
                                .mapToDouble(i -> losses[i])
                                .filter(Double::isFinite)
                                .average()
                                .orElse(Double.NaN);
            }
        }
        var range =
                Arrays.stream(cells)
                        .flatMapToDouble(Arrays::stream)
                        .filter(Double::isFinite)
                        .summaryStatistics();
        if (range.getCount() < 2) {
            return;
        }
        String caption = "%s by %s (mean of %s)".formatted(rowKey, columnKey, LOSS);
        html.element("h3", caption);
        html.openTable(caption);
        html.open("thead").open("tr").element("th", rowKey + " ↓  " + columnKey + " →");
        across.forEach(value -> html.element("th", value, "scope", "col"));
        html.close().close().open("tbody");
        for (int r = 0; r < down.size(); r++) {
            html.open("tr").element("th", down.get(r), "scope", "row");
            for (double cell : cells[r]) {
                if (Double.isFinite(cell)) {
                    double high = (cell - range.getMin()) / (range.getMax() - range.getMin());
                    int shade = (int) Math.round((SHADES - 1) * (1 - high));
                    html.element("td", Figures.loss(cell), "class", "heat" + shade);
                } else {
                    html.element("td", "–");
                }
            }
            html.close();
        }
        html.close();
        html.closeTable();
    }
}
