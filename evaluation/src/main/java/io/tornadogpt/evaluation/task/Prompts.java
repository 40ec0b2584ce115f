package io.tornadogpt.evaluation.task;

import io.tornadogpt.evaluation.EvaluationFileException;
import io.tornadogpt.evaluation.Item;
import io.tornadogpt.evaluation.TaskOptions;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Questions with the examples that come before them.
final class Prompts {
    private Prompts() {}

    /// Puts examples before questions, as many as are asked for.
    static List<Item.Choice> before(
            List<Item.Choice> questions, Examples examples, TaskOptions options) {
        var items = new ArrayList<Item.Choice>();
        for (int i = 0; i < count(questions, options); i++) {
            Item.Choice q = questions.get(i);
            items.add(
                    new Item.Choice(
                            examples.before(i) + q.context(),
                            q.delimiter(),
                            q.endings(),
                            q.gold()));
        }
        return items;
    }

    /// How many items are asked for.
    static int count(List<?> all, TaskOptions options) {
        return options.limit() == 0 ? all.size() : Math.min(options.limit(), all.size());
    }

    /// A question of a file, behind whose context a blank comes.
    ///
    /// @throws EvaluationFileException naming the line, where it cannot be asked
    static Item.Choice choice(Path file, int number, String context, List<String> endings, int gold)
            throws EvaluationFileException {
        try {
            return new Item.Choice(context, " ", endings, gold);
        } catch (IllegalArgumentException e) {
            throw TaskFiles.wrong(file, number, "cannot be asked: " + e.getMessage());
        }
    }
}
