package io.tornadogpt.evaluation.task;

import io.tornadogpt.evaluation.Task;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// Tasks by their names.
public final class BuiltIn {
    private BuiltIn() {}

    /// The names that tasks are asked for by, `PARADIGM` and `SUBJECT` standing for those of files.
    public static final List<String> NAMES =
            List.of(
                    "arc_challenge",
                    "arc_easy",
                    "blimp",
                    "blimp_PARADIGM",
                    "gsm8k",
                    "hellaswag",
                    "lambada_openai",
                    "mmlu",
                    "mmlu_SUBJECT",
                    "sst2",
                    "stsb",
                    "wikitext");

    /// The tasks of a name: one, or all paradigms or subjects that there are.
    ///
    /// @throws IllegalArgumentException where there is none of that name
    public static List<Task> named(String name, TaskFiles files) throws IOException {
        return switch (name) {
            case "arc_easy" -> List.of(new Arc(files, "Easy"));
            case "arc_challenge" -> List.of(new Arc(files, "Challenge"));
            case "blimp" -> Blimp.all(files);
            case "gsm8k" -> List.of(new Gsm8k(files));
            case "hellaswag" -> List.of(new HellaSwag(files));
            case "lambada_openai" -> List.of(new Lambada(files));
            case "mmlu" -> Mmlu.all(files);
            case "sst2" -> List.of(new Sst2(files));
            case "stsb" -> List.of(new Stsb(files));
            case "wikitext" -> List.of(new WikiText(files));
            case String s when part(s, Blimp.PREFIX) ->
                    List.of(new Blimp(files, s.substring(Blimp.PREFIX.length())));
            case String s when part(s, Mmlu.PREFIX) ->
                    List.of(new Mmlu(files, s.substring(Mmlu.PREFIX.length())));
            default ->
                    throw new IllegalArgumentException(
                            "no task is called '%s'; there are %s, and files that end in .json"
                                    .formatted(name, String.join(", ", NAMES)));
        };
    }

    /// Whether a name goes on with letters, digits and underscores, so that it names a file.
    private static boolean part(String name, String prefix) {
        return name.startsWith(prefix) && name.substring(prefix.length()).matches("\\w+");
    }

    /// Reads a task from a JSON file.
    public static Task read(Path path) throws IOException {
        return TaskDocument.read(path);
    }
}
