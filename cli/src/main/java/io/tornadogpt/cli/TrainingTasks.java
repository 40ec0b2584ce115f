package io.tornadogpt.cli;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.evaluation.Evaluator;
import io.tornadogpt.evaluation.Results;
import io.tornadogpt.evaluation.Task;
import io.tornadogpt.evaluation.TaskOptions;
import io.tornadogpt.evaluation.TaskResult;
import io.tornadogpt.evaluation.Tasks;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.report.ResultTable;
import io.tornadogpt.trainer.run.ModelProbe;
import io.tornadogpt.trainer.run.RunDirectory;
import io.tornadogpt.trainer.run.TrainingResult;
import io.tornadogpt.trainer.settings.TrainConfig;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What a model is asked while it is trained, and when it is: the setting `train.evalTasks`.
///
/// @param tasks of the setting
/// @param options how many items
record TrainingTasks(
        List<Task> tasks, TaskOptions options, Backend backend, ExecutionOptions execution)
        implements ModelProbe {

    /// The tasks that settings name. Their files are read now, so that what is missing is said
    /// before the training rather than behind it.
    static TrainingTasks of(TrainConfig config, Backend backend, ExecutionOptions execution)
            throws IOException {
        TaskOptions options = TaskOptions.DEFAULT.withLimit(config.evalTasksLimit());
        var tasks = new ArrayList<Task>();
        if (!config.evalTasks().isBlank()) {
            for (String name : config.evalTasks().split(",", -1)) {
                tasks.addAll(Tasks.all(name.strip(), Path.of(config.evalTasksData())));
            }
        }
        for (Task task : tasks) {
            if (task.items(options).isEmpty()) {
                throw new IllegalArgumentException(
                        "train.evalTasks names %s, which has no items; look at its files in %s"
                                .formatted(task.name(), config.evalTasksData()));
            }
        }
        return new TrainingTasks(tasks, options, backend, execution);
    }

    @Override
    public Map<String, Double> ask(Path model) throws IOException {
        var figures = new LinkedHashMap<String, Double>();
        for (TaskResult result : results(model)) {
            result.metrics().entrySet().stream()
                    .findFirst()
                    .ifPresent(
                            metric ->
                                    figures.put(
                                            result.task() + "." + metric.getKey(),
                                            metric.getValue().value()));
        }
        return figures;
    }

    private List<TaskResult> results(Path model) throws IOException {
        var evaluator =
                new Evaluator(
                        StoredModel.open(model),
                        Tokenizer.isIn(model) ? Tokenizer.load(model) : null,
                        backend,
                        execution,
                        DType.F32);
        var results = new ArrayList<TaskResult>();
        for (Task task : tasks) {
            results.add(evaluator.run(task, options));
        }
        return results;
    }

    /// Asks the model that a run leaves, prints what comes of it, and leaves it in the run's
    /// directory for its report and its card.
    void finish(Screen screen, TrainingResult result) throws IOException {
        if (tasks.isEmpty()) {
            return;
        }
        screen.status("asking the model");
        List<TaskResult> results = results(result.model());
        RunDirectory run = result.directory();
        Results.merge(run.path().resolve(Results.FILE), results, options);
        ResultTable table = Results.table("Tasks, with standard errors", Map.of("model", results));
        var tables = new ArrayList<>(ResultTable.read(run.results()));
        tables.removeIf(other -> other.caption().equals(table.caption()));
        tables.add(table);
        ResultTable.write(run.results(), tables);
        TableText.print(screen, table);
    }
}
