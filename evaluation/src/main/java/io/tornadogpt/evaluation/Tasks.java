package io.tornadogpt.evaluation;

import io.tornadogpt.evaluation.task.BuiltIn;
import io.tornadogpt.evaluation.task.TaskFiles;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// Where tasks come from.
public final class Tasks {
    private Tasks() {}

    /// The names of tasks that are built in, which are lm-evaluation-harness's; `PARADIGM` and
    /// `SUBJECT` stand for those that files have.
    public static List<String> names() {
        return BuiltIn.NAMES;
    }

    /// A built-in task.
    ///
    /// @param data the folder of its files, which are read when items are asked for
    /// @throws IllegalArgumentException where there is none of that name, or it is several
    public static Task named(String name, Path data) throws IOException {
        List<Task> all = all(name, data);
        if (all.size() != 1) {
            throw new IllegalArgumentException(
                    "%s is %d tasks; name one of them".formatted(name, all.size()));
        }
        return all.getFirst();
    }

    /// The tasks that a name or a path stands for: one; all paradigms, for `blimp`; all subjects,
    /// for `mmlu`; what a file says, where it ends in `.json`.
    ///
    /// @param data the folder of files
    /// @throws IllegalArgumentException where there is none of that name
    /// @throws IOException where a file is missing or not as expected
    public static List<Task> all(String nameOrPath, Path data) throws IOException {
        return nameOrPath.endsWith(".json")
                ? List.of(read(Path.of(nameOrPath)))
                : BuiltIn.named(nameOrPath, new TaskFiles(data));
    }

    /// Reads a task and its items from a JSON file, whose keys docs/evaluation.md lists.
    ///
    /// @throws EvaluationFileException naming the key or the item that is wrong
    public static Task read(Path file) throws IOException {
        return BuiltIn.read(file);
    }
}
