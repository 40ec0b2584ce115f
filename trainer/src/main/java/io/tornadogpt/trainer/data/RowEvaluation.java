package io.tornadogpt.trainer.data;

import io.tornadogpt.core.model.BatchForm;

import java.util.List;
import java.util.stream.IntStream;

/// Rows to measure a model on, in their order, one a line.
///
/// Used by one thread at a time.
public final class RowEvaluation implements EvaluationBatches {
    private final Rows rows;
    private final List<BatchForm> forms;
    private final List<List<int[]>> batches;

    /// @param forms of batches, the shortest first; the last must fit all rows
    public RowEvaluation(Rows rows, List<BatchForm> forms) {
        this.rows = rows;
        this.forms = List.copyOf(forms);
        int[] all = IntStream.range(0, rows.count()).toArray();
        this.batches = RowBatches.grouped(RowBatches.alone(all), rows.lines(forms.getFirst()));
    }

    @Override
    public long batches() {
        return batches.size();
    }

    @Override
    public int form(long batch) {
        return RowBatches.form(rows, forms, lines(batch));
    }

    @Override
    public void fill(long batch, Batch room) {
        rows.fill(lines(batch), room);
    }

    private List<int[]> lines(long batch) {
        return batches.get(Math.toIntExact(batch));
    }
}
