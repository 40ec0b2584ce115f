package io.tornadogpt.cli;

import io.tornadogpt.evaluation.Task;
import io.tornadogpt.evaluation.TaskOptions;
import io.tornadogpt.evaluation.Tasks;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;

/// Which tasks a model is asked, and how.
final class TaskChoice {
    /// Where files of tasks are looked for that were given no other place.
    private static final Path DATA = Path.of("data");

    @Option(
            names = "--tasks",
            paramLabel = "NAME",
            split = ",",
            description =
                    "Tasks by lm-evaluation-harness's names, with commas between them: hellaswag,"
                            + " lambada_openai, blimp (all of it) or blimp_PARADIGM, arc_easy,"
                            + " arc_challenge, mmlu or mmlu_SUBJECT, gsm8k, sst2, stsb, wikitext;"
                            + " or a task of yours, FILE.json.")
    private List<String> tasks = new ArrayList<>();

    @Option(
            names = "--data-dir",
            paramLabel = "DIR",
            description =
                    "The folder that holds the tasks' files as they were published (default:"
                            + " data).")
    private Path dataDir = DATA;

    @Option(
            names = "--shots",
            paramLabel = "N",
            description =
                    "Solved examples before each question (default: the task's own number, mostly"
                            + " 0).")
    private @Nullable Integer shots;

    @Option(
            names = "--limit",
            paramLabel = "N",
            description = "Ask the first N items of each task only.")
    private int limit;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description =
                    "Of the choice of examples (default: 1234, which chooses as the harness does).")
    private int seed = TaskOptions.DEFAULT.seed();

    @Option(
            names = "--items",
            paramLabel = "FILE",
            description = "Write what came of each item to a file, a JSON object a line.")
    private @Nullable Path items;

    boolean isGiven() {
        return !tasks.isEmpty();
    }

    /// The tasks that were named.
    ///
    /// @throws IllegalArgumentException where there is none of a name, or one is named twice
    List<Task> tasks() throws IOException {
        var all = new ArrayList<Task>();
        Set<String> names = new HashSet<>();
        for (String name : tasks) {
            for (Task task : Tasks.all(name.strip(), dataDir)) {
                if (!names.add(task.name())) {
                    throw new IllegalArgumentException(
                            "task %s is named twice; name it once".formatted(task.name()));
                }
                all.add(task);
            }
        }
        return all;
    }

    TaskOptions options() {
        OptionalInt examples = shots == null ? OptionalInt.empty() : OptionalInt.of(shots);
        return new TaskOptions(examples, limit, seed);
    }

    /// Where items are written, null for nowhere.
    @Nullable Path items() {
        return items;
    }
}
