package io.tornadogpt.examples;

import io.tornadogpt.evaluation.Evaluator;
import io.tornadogpt.evaluation.Item;
import io.tornadogpt.evaluation.Task;
import io.tornadogpt.evaluation.TaskOptions;
import io.tornadogpt.evaluation.TaskResult;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Asks a model a task of one's own: whether it finds a sentence whose verb agrees with its noun
/// likelier than the same one with the wrong verb.
///
/// A task is a list of items; the evaluator does the rest, many at once, and says how sure a figure
/// is.
///
/// Read next: [Evaluator].
public final class EvaluateModel {
    private EvaluateModel() {}

    /// Pairs of sentences, made of a few words.
    private record Agreement() implements Task {
        @Override
        public String name() {
            return "agreement";
        }

        @Override
        public List<Item> items(TaskOptions options) {
            var items = new ArrayList<Item>();
            for (String noun : List.of("dog", "cat", "girl", "boy", "bird", "tree")) {
                for (String rest : List.of("happy", "sad", "very big", "in the park")) {
                    items.add(pair("The " + noun, "was", "were", rest));
                    items.add(pair("The " + noun + "s", "were", "was", rest));
                }
            }
            return items;
        }

        private static Item pair(String begin, String right, String wrong, String rest) {
            var endings = List.of(right + " " + rest + ".", wrong + " " + rest + ".");
            return new Item.Choice(begin, " ", endings, 0);
        }
    }

    /// Takes the directory of a model.
    public static void main(String[] args) throws IOException {
        if (args.length != 1) {
            System.err.println("expected: MODEL_DIR");
            System.exit(2);
        }
        var evaluator = Evaluator.open(Path.of(args[0]));
        TaskResult result = evaluator.run(new Agreement(), TaskOptions.DEFAULT);
        double acc = result.metric("acc").value();
        double stderr = result.metric("acc").stderr();
        double chance = result.chance().orElseThrow();
        System.out.printf(
                "%d pairs: %.3f are right, with a standard error of %.3f%n",
                result.n(), acc, stderr);
        System.out.printf(
                "guessing gives %.3f, so the model %s%n",
                chance, acc > chance + 3 * stderr ? "knows something" : "may well be guessing");
    }
}
