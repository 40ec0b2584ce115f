package io.tornadogpt.evaluation.task;

import io.tornadogpt.evaluation.Item;
import io.tornadogpt.evaluation.Task;
import io.tornadogpt.evaluation.TaskOptions;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The STS benchmark (Cer et al., 2017): how alike two sentences are. Lines of seven fields or more
/// with tabs between them; the fifth is the score, from 0 to 5, and the two behind it are the
/// sentences.
public record Stsb(TaskFiles files) implements Task {
    private static final int SCORE = 4;

    @Override
    public String name() {
        return "stsb";
    }

    /// Embeddings know no examples.
    @Override
    public int shots(TaskOptions options) {
        return 0;
    }

    @Override
    public List<Item.Pair> items(TaskOptions options) throws IOException {
        Path file = files.find(name(), List.of("sts-test.csv", "stsbenchmark/sts-test.csv"));
        var items = new ArrayList<Item.Pair>();
        int number = 0;
        for (String line : TaskFiles.lines(TaskFiles.text(file))) {
            number++;
            String[] fields = line.split("\t", -1);
            if (fields.length < SCORE + 3) {
                throw TaskFiles.wrong(
                        file,
                        number,
                        "has %d fields; expected %d or more".formatted(fields.length, SCORE + 3));
            }
            try {
                double score = Double.parseDouble(fields[SCORE]);
                items.add(new Item.Pair(fields[SCORE + 1], fields[SCORE + 2], score));
            } catch (IllegalArgumentException e) {
                throw TaskFiles.wrong(file, number, "is no pair (" + e.getMessage() + ")");
            }
        }
        return items;
    }
}
