package io.tornadogpt.trainer.report;

import io.tornadogpt.trainer.loop.MemoryBudget;
import io.tornadogpt.trainer.metrics.RunStart;
import io.tornadogpt.trainer.run.RunOrigin;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;

/// What runs came from: their settings, data and machine, with what differs between runs first.
///
/// @param html the page that the sections are written to
record Origins(List<TrainingRun> runs, Html html) {
    void write() {
        writeSettings();
        writeOrigins();
    }

    private void writeSettings() {
        Set<String> keys = new LinkedHashSet<>();
        runs.forEach(run -> keys.addAll(run.settings().keySet()));
        if (keys.isEmpty()) {
            return;
        }
        html.open("section").element("h2", "Settings");
        if (runs.size() > 1) {
            var rows = new LinkedHashMap<String, List<String>>();
            keys.forEach(key -> rows.put(key, each(run -> run.settings().get(key))));
            writeComparison("Settings of each run", rows);
        } else {
            writePairs(runs.getFirst().settings());
        }
        html.close();
    }

    private void writeOrigins() {
        html.open("section").element("h2", "Data and machine");
        var rows = new LinkedHashMap<String, List<String>>();
        rows.put("data", each(run -> origin(run, RunOrigin::source)));
        rows.put("tokenizer", each(run -> origin(run, RunOrigin::tokenizer)));
        rows.put("order", each(run -> origin(run, o -> o.order().name().toLowerCase(Locale.ROOT))));
        rows.put("seed", each(run -> origin(run, o -> Long.toString(o.seed()))));
        rows.put("started from", each(run -> origin(run, RunOrigin::initFrom)));
        rows.put("device", starts(RunStart::device));
        rows.put("threads", starts(start -> Integer.toString(start.threads())));
        rows.put("processor", starts(Origins::processor));
        rows.put("memory", starts(start -> MemoryBudget.format(start.memory())));
        rows.put("system", starts(RunStart::system));
        rows.put("Java", starts(RunStart::java));
        rows.put("TornadoGPT", starts(RunStart::version));
        rows.put("started", each(run -> steps(run.starts())));
        rows.values().removeIf(row -> row.stream().allMatch(String::isEmpty));
        if (rows.isEmpty()) {
            html.element("p", "Not recorded.", "class", "note");
        } else if (runs.size() > 1) {
            writeComparison("Data and machine of each run", rows);
        } else {
            var pairs = new LinkedHashMap<String, String>();
            rows.forEach((key, row) -> pairs.put(key, row.getFirst()));
            writePairs(pairs);
        }
        html.close();
    }

    private static @Nullable String origin(
            TrainingRun run, Function<RunOrigin, @Nullable String> part) {
        return run.origin() == null ? null : part.apply(run.origin());
    }

    private static String processor(RunStart start) {
        String count = start.processors() + " processors";
        return start.processor() == null ? count : start.processor() + ", " + count;
    }

    /// When a run was started, and at which steps it was resumed.
    private static String steps(List<RunStart> starts) {
        var times = new ArrayList<String>();
        for (RunStart start : starts) {
            String time = start.time().replace('T', ' ').replaceFirst(":\\d\\dZ$", " UTC");
            times.add(start.step() == 0 ? time : time + " from step " + start.step());
        }
        return String.join("; ", times);
    }

    /// What the starts of each run say, different things one after the other.
    private List<String> starts(Function<RunStart, @Nullable String> part) {
        return each(
                run ->
                        String.join(
                                "; then ",
                                run.starts().stream()
                                        .map(part)
                                        .filter(Objects::nonNull)
                                        .distinct()
                                        .toList()));
    }

    /// One text a run, empty where there is none.
    private List<String> each(Function<TrainingRun, @Nullable String> part) {
        return runs.stream().map(part).map(text -> text == null ? "" : text).toList();
    }

    private void writePairs(Map<String, String> pairs) {
        html.open("dl", "class", "pairs");
        pairs.forEach(
                (key, value) -> html.open("div").element("dt", key).element("dd", value).close());
        html.close();
    }

    /// A table of a column a run; rows in which runs differ come first, and are marked.
    private void writeComparison(String caption, Map<String, List<String>> rows) {
        html.openTable(caption);
        html.open("thead").open("tr").element("td", "");
        for (int i = 0; i < runs.size(); i++) {
            html.element("th", Line.letter(i) + " · " + runs.get(i).name(), "scope", "col");
        }
        html.close().close().open("tbody");
        rows.forEach((key, row) -> writeComparison(key, row, true));
        rows.forEach((key, row) -> writeComparison(key, row, false));
        html.close();
        html.closeTable();
    }

    private void writeComparison(String key, List<String> row, boolean differing) {
        boolean differs = row.stream().filter(value -> !value.isEmpty()).distinct().count() > 1;
        if (differs == differing) {
            html.open("tr", "class", differs ? "differs" : "same");
            html.element("th", differs ? key + " ≠" : key, "scope", "row");
            row.forEach(value -> html.element("td", value));
            html.close();
        }
    }
}
