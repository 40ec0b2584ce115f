package io.tornadogpt.cli;

import io.tornadogpt.finetune.task.ClassifyTask;
import io.tornadogpt.finetune.task.RowTask;
import io.tornadogpt.finetune.task.SftTask;
import io.tornadogpt.finetune.task.ShownRow;
import io.tornadogpt.trainer.run.Run;

import java.util.ArrayList;

/// Prints the rows of a run: how many there are, what became of those that are too long, and the
/// first of them as the model will read them, with the trained tokens marked.
record RowsReport(Screen screen, Run<RowTask> run) {
    private static final int LONGEST_SHOWN = 600;

    void print() {
        RowTask task = run.task();
        var validation = task.validationRows();
        screen.entry("data", "%s", run.origin().source());
        screen.entry(
                "rows",
                "%s to train on, %s to validate on%s",
                Show.count(task.training().count()),
                validation == null ? "none" : Show.count(validation.count()),
                run.origin().validation() == null ? "" : " (" + run.origin().validation() + ")");
        if (task instanceof SftTask sft) {
            screen.entry("", "%s tokens are learned an epoch", Show.count(sft.targets()));
        }
        if (task instanceof ClassifyTask classify) {
            var labels = new ArrayList<String>();
            long[] counts = classify.counts();
            for (int label = 0; label < counts.length; label++) {
                labels.add(
                        "%s (%s)"
                                .formatted(
                                        classify.labels().names().get(label),
                                        Show.count(counts[label])));
            }
            screen.wrapped("labels", labels);
        }
        screen.entry("longest", "%s positions", Show.count(task.longest()));
        task.source().notes().forEach(note -> screen.entry("note", "%s", note));
        for (ShownRow row : task.source().look()) {
            show(row);
        }
        screen.rule("");
    }

    private void show(ShownRow row) {
        screen.rule(row.what().isEmpty() ? row.place() : row.place() + ": " + row.what());
        var text = new StringBuilder();
        int shown = 0;
        for (ShownRow.Piece piece : row.pieces()) {
            String part = Show.harmless(piece.text());
            if (shown + part.length() > LONGEST_SHOWN) {
                part = part.substring(0, Math.max(0, LONGEST_SHOWN - shown)) + " ...";
            }
            shown += part.length();
            text.append(piece.trained() ? screen.marked(part) : part);
            if (shown > LONGEST_SHOWN) {
                break;
            }
        }
        screen.line(text.toString());
    }
}
