package io.tornadogpt.evaluation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.AtomicFile;
import io.tornadogpt.trainer.report.ResultTable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// What came of several tasks, for one model or several, as files and tables.
public final class Results {
    /// The file of a run in which the figures of its model stand.
    public static final String FILE = "evaluation.json";

    private static final ObjectMapper JSON = new ObjectMapper();

    private Results() {}

    /// Results of one model as an object: `results.NAME.acc`, `acc_stderr`, `n` and so on.
    public static ObjectNode json(List<TaskResult> results, TaskOptions options) {
        ObjectNode json = JSON.createObjectNode();
        ObjectNode all = json.putObject("results");
        results.forEach(result -> all.set(result.task(), result.toJson()));
        ObjectNode config = json.putObject("config");
        config.put("limit", options.limit());
        config.put("seed", options.seed());
        return json;
    }

    /// Adds results to a file, in place of those of the same tasks.
    public static void merge(Path file, List<TaskResult> results, TaskOptions options)
            throws IOException {
        ObjectNode json = json(results, options);
        if (Files.exists(file)) {
            ObjectNode all = JSON.createObjectNode();
            read(file).forEach(all::set);
            json.get("results").properties().forEach(e -> all.set(e.getKey(), e.getValue()));
            json.set("results", all);
        }
        AtomicFile.write(file, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(json));
    }

    /// The results in a file, by the names of tasks.
    ///
    /// @throws EvaluationFileException where it is not as written by [#merge]
    public static Map<String, JsonNode> read(Path file) throws IOException {
        try {
            JsonNode results = JSON.readTree(Files.readAllBytes(file)).path("results");
            if (!results.isObject()) {
                throw new EvaluationFileException(
                        file, "the file", "has no results", "remove it, and evaluate again");
            }
            var all = new LinkedHashMap<String, JsonNode>();
            results.properties().forEach(entry -> all.put(entry.getKey(), entry.getValue()));
            return all;
        } catch (JsonProcessingException e) {
            throw new EvaluationFileException(
                    file, "the file", "is no JSON", "remove it, and evaluate again", e);
        }
    }

    /// Writes what came of each item, one JSON object a line.
    ///
    /// @param models their results by their names
    public static void writeItems(Path file, Map<String, List<TaskResult>> models)
            throws IOException {
        var lines = new StringBuilder();
        for (Map.Entry<String, List<TaskResult>> model : models.entrySet()) {
            for (TaskResult result : model.getValue()) {
                for (ObjectNode item : result.items()) {
                    ObjectNode line = JSON.createObjectNode();
                    if (models.size() > 1) {
                        line.put("model", model.getKey());
                    }
                    line.setAll(item);
                    lines.append(line).append('\n');
                }
            }
        }
        AtomicFile.write(file, lines.toString().getBytes(StandardCharsets.UTF_8));
    }

    /// A table of a row for each task and metric, beside chance; several models have a column each.
    ///
    /// @param models their results by their names, of the same tasks
    public static ResultTable table(String caption, Map<String, List<TaskResult>> models) {
        var columns = new ArrayList<>(List.of("task", "n", "shots", "metric", "chance"));
        columns.addAll(models.keySet());
        var rows = new ArrayList<List<String>>();
        List<TaskResult> first = models.values().iterator().next();
        for (int i = 0; i < first.size(); i++) {
            TaskResult task = first.get(i);
            boolean begin = true;
            for (String name : shown(task)) {
                var row = new ArrayList<String>();
                row.add(begin ? task.task() : "");
                row.add(begin ? Integer.toString(task.n()) : "");
                row.add(begin ? Integer.toString(task.shots()) : "");
                row.add(name);
                row.add(
                        name.startsWith("acc")
                                ? task.chance().map(Results::figure).orElse("")
                                : "");
                for (List<TaskResult> results : models.values()) {
                    row.add(figure(results.get(i).metric(name)));
                }
                rows.add(row);
                begin = false;
            }
        }
        return new ResultTable(caption, columns, rows);
    }

    /// What a table shows of a task: of a choice between two endings of a text that has no context
    /// only the accuracy, for their lengths are alike.
    private static List<String> shown(TaskResult task) {
        boolean pairs = task.chance().map(c -> c == 0.5).orElse(false);
        return task.metrics().keySet().stream()
                .filter(name -> !pairs || !name.startsWith("acc_"))
                .toList();
    }

    /// A figure with its standard error, as a table has it.
    static String figure(Metric metric) {
        String value = figure(metric.value());
        return Double.isFinite(metric.stderr())
                ? value + " \u00b1 " + figure(metric.stderr())
                : value;
    }

    private static String figure(double value) {
        if (!Double.isFinite(value)) {
            return "-";
        }
        return Math.abs(value) >= 1000
                ? String.format(Locale.ROOT, "%.4g", value)
                : String.format(Locale.ROOT, "%.4f", value);
    }
}
