package io.tornadogpt.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.evaluation.Evaluator;
import io.tornadogpt.evaluation.Results;
import io.tornadogpt.evaluation.Task;
import io.tornadogpt.evaluation.TaskOptions;
import io.tornadogpt.evaluation.TaskResult;
import io.tornadogpt.trainer.run.RunDirectory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Asks models the items of tasks, and shows what came of it.
final class TaskSession {
    private final List<Path> models;
    private final AdapterOption adapter;
    private final TaskChoice choice;
    private final DeviceOptions device;
    private final WeightOptions weights;
    private final boolean json;

    TaskSession(
            List<Path> models,
            AdapterOption adapter,
            TaskChoice choice,
            DeviceOptions device,
            WeightOptions weights,
            boolean json) {
        this.models = models;
        this.adapter = adapter;
        this.choice = choice;
        this.device = device;
        this.weights = weights;
        this.json = json;
    }

    int run(Screen screen) throws IOException {
        TaskOptions options = choice.options();
        List<Task> tasks = choice.tasks();
        Backend backend = device.backend();
        Map<String, List<TaskResult>> all = new LinkedHashMap<>();
        for (Path path : models) {
            String name = name(path, all);
            ModelArgument argument = ModelArgument.open(path, adapter);
            weights.warn(argument.stored().model(), screen);
            var evaluator =
                    new Evaluator(
                            argument.stored(),
                            argument.tokenizer(),
                            backend,
                            device.execution(),
                            weights.type());
            var results = new ArrayList<TaskResult>();
            for (Task task : tasks) {
                screen.status("%s: %s ...".formatted(name, task.name()));
                results.add(evaluator.run(task, options));
            }
            all.put(name, results);
            keep(path, results, options, screen);
        }
        Path items = choice.items();
        if (items != null) {
            Results.writeItems(items, all);
        }
        if (json) {
            screen.line(toJson(all, options));
        } else {
            TableText.print(screen, Results.table(caption(options), all));
            if (items != null) {
                screen.entry("items", "%s", items);
            }
        }
        return 0;
    }

    private static String caption(TaskOptions options) {
        return options.limit() == 0
                ? "tasks, with standard errors"
                : "tasks, the first %d items of each, with standard errors"
                        .formatted(options.limit());
    }

    /// What a model is called: the end of its path, and a number where two are called alike.
    private static String name(Path path, Map<String, List<TaskResult>> known) {
        Path last = path.toAbsolutePath().normalize().getFileName();
        String name = last == null ? "model" : last.toString();
        String unique = name;
        for (int i = 2; known.containsKey(unique); i++) {
            unique = name + " (" + i + ")";
        }
        return unique;
    }

    /// Leaves the figures in a run's directory, where its model card finds them. Those of rounded
    /// weights are not the model's.
    private void keep(Path path, List<TaskResult> results, TaskOptions options, Screen screen)
            throws IOException {
        var run = new RunDirectory(path);
        boolean plain = !weights.rounded() && adapter.path() == null;
        if (plain && Files.exists(run.settings()) && Files.isWritable(path)) {
            Results.merge(path.resolve(Results.FILE), results, options);
            if (!json) {
                screen.entry("kept", "%s", path.resolve(Results.FILE));
            }
        }
    }

    private static String toJson(Map<String, List<TaskResult>> all, TaskOptions options) {
        Map.Entry<String, List<TaskResult>> first = all.entrySet().iterator().next();
        ObjectNode json = Results.json(first.getValue(), options);
        json.put("model", first.getKey());
        if (all.size() > 1) {
            ObjectNode models = new ObjectMapper().createObjectNode();
            all.forEach(
                    (name, results) ->
                            models.set(name, Results.json(results, options).get("results")));
            json.set("models", models);
        }
        return json.toString();
    }
}
