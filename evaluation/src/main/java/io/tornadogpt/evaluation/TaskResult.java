package io.tornadogpt.evaluation;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What came of a task.
///
/// Immutable, but for the objects of [#items], which are not to be changed.
///
/// @param task its name
/// @param n how many items
/// @param shots examples before each question
/// @param metrics by name, the most telling one first
/// @param baselines what is reached without a model, by name: `chance`; of tasks with endings the
///   accuracy of always taking the `longest` or the `shortest` of them
/// @param items what came of each, as objects with its number as `index`
/// @param seconds that it took
public record TaskResult(
        String task,
        int n,
        int shots,
        Map<String, Metric> metrics,
        Map<String, Double> baselines,
        List<ObjectNode> items,
        double seconds) {
    public TaskResult {
        metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
        baselines = Collections.unmodifiableMap(new LinkedHashMap<>(baselines));
        items = List.copyOf(items);
    }

    /// What guessing reaches of the first metric, where that is known.
    public Optional<Double> chance() {
        return Optional.ofNullable(baselines.get("chance"));
    }

    /// A metric by its name.
    ///
    /// @throws IllegalArgumentException where the task has none of that name
    public Metric metric(String name) {
        Metric metric = metrics.get(name);
        if (metric == null) {
            throw new IllegalArgumentException(
                    "task %s has no metric '%s'; it has %s"
                            .formatted(task, name, metrics.keySet()));
        }
        return metric;
    }

    /// Metrics and their standard errors as one object: `acc`, `acc_stderr`, ..., `n`, `shots` and
    /// the baselines. A figure that is not finite is left out.
    public ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        metrics.forEach(
                (name, metric) -> {
                    put(json, name, metric.value());
                    put(json, name + "_stderr", metric.stderr());
                });
        json.put("n", n);
        json.put("shots", shots);
        baselines.forEach((name, value) -> put(json, name, value));
        return json;
    }

    private static void put(ObjectNode json, String name, double value) {
        if (Double.isFinite(value)) {
            json.put(name, value);
        }
    }
}
