package io.tornadogpt.evaluation.task;

import io.tornadogpt.evaluation.Item;
import io.tornadogpt.evaluation.Task;
import io.tornadogpt.evaluation.TaskOptions;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// SST-2 (Socher et al., 2013, as in GLUE): whether a sentence of a film review is positive or
/// negative. Lines of a sentence, a tab and 0 or 1; a line of heads, as GLUE has it, is passed
/// over.
public record Sst2(TaskFiles files) implements Task {
    private static final List<String> LABELS = List.of("negative", "positive");

    @Override
    public String name() {
        return "sst2";
    }

    @Override
    public List<Item.Choice> items(TaskOptions options) throws IOException {
        List<Item.Choice> questions = read(List.of("sst2-dev.tsv", "SST-2/dev.tsv"));
        List<String> pool =
                shots(options) == 0
                        ? List.of()
                        : read(List.of("sst2-train.tsv", "SST-2/train.tsv")).stream()
                                .map(q -> q.context() + " " + LABELS.get(q.gold()) + "\n\n")
                                .toList();
        var examples = Examples.drawnWithOneMore(name(), pool, shots(options), options.seed());
        return Prompts.before(questions, examples, options);
    }

    private List<Item.Choice> read(List<String> names) throws IOException {
        Path file = files.find(name(), names);
        var items = new ArrayList<Item.Choice>();
        int number = 0;
        for (String line : TaskFiles.lines(TaskFiles.text(file))) {
            number++;
            int tab = line.lastIndexOf('\t');
            String label = line.substring(tab + 1).strip();
            if (number == 1 && label.equals("label")) {
                continue;
            }
            if (tab < 0 || !label.matches("[01]")) {
                throw TaskFiles.wrong(file, number, "is no sentence, tab and 0 or 1");
            }
            String context =
                    line.substring(0, tab)
                            + "\nQuestion: Is this sentence positive or negative?\nAnswer:";
            items.add(Prompts.choice(file, number, context, LABELS, Integer.parseInt(label)));
        }
        return items;
    }
}
