package io.tornadogpt.finetune.task;

import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.core.model.objective.Pooled;
import io.tornadogpt.trainer.data.Batch;
import io.tornadogpt.trainer.data.Rows;

import java.util.Arrays;
import java.util.List;

/// Texts with labels.
///
/// @param rows at least one
/// @param pooling of which hidden states
/// @param weights how much the rows of each label count
record LabeledRows(List<LabeledRow> rows, Task.Pooling pooling, float[] weights) implements Rows {
    private static final int NONE = -1;

    /// A text and the number of its label.
    ///
    /// @param ids of its tokens, at least one
    /// @param label -1 where it is not known
    record LabeledRow(int[] ids, int label) {}

    LabeledRows {
        rows = List.copyOf(rows);
    }

    @Override
    public int count() {
        return rows.size();
    }

    @Override
    public int length(int row) {
        return rows.get(row).ids.length;
    }

    @Override
    public double fill(List<int[]> lines, Batch batch) {
        int[] labels = batch.integers("labels");
        float[] counts = batch.numbers("weights");
        int[] lengths = new int[batch.sequences()];
        batch.clearRows();
        Arrays.fill(labels, NONE);
        Arrays.fill(counts, 0);
        Arrays.fill(lengths, 1);
        double sum = 0;
        for (int line = 0; line < lines.size(); line++) {
            LabeledRow row = rows.get(lines.get(line)[0]);
            batch.putRow(row.ids, line * batch.length());
            lengths[line] = row.ids.length;
            labels[line] = row.label;
            counts[line] = row.label < 0 ? 0 : weights[row.label];
            sum += counts[line];
        }
        int[] given = Pooled.given(pooling, lengths, batch.length());
        int[] room = batch.integers(pooling == Task.Pooling.MEAN ? "lengths" : "rows");
        System.arraycopy(given, 0, room, 0, given.length);
        return sum;
    }
}
