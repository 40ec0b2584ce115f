package io.tornadogpt.trainer.data;

import io.tornadogpt.core.model.BatchForm;

import java.util.List;
import java.util.stream.IntStream;

/// Rows to train on, of whatever kind: texts of which a part is predicted, texts with labels, pairs
/// of answers. [RowBatches] says which of them come together, these write them into a batch.
public interface Rows {
    /// How many there are.
    int count();

    /// Positions that a row takes in a batch, at least 1.
    ///
    /// @param row counts from 0
    int length(int row);

    /// Positions of the longest row, 1 where there is none.
    default int longest() {
        return IntStream.range(0, count()).map(this::length).max().orElse(1);
    }

    /// Lines for rows that a batch has: its sequences, where a row does not take several of them.
    default int lines(BatchForm form) {
        return form.sequences();
    }

    /// Writes rows into a batch, and that nothing is there where no row is.
    ///
    /// @param lines for each line of the batch, from the first on, the numbers of the rows in it,
    ///   one behind the other; lines that are missing are empty
    /// @return how much the targets of the batch count: their number, or the sum of their weights
    double fill(List<int[]> lines, Batch batch);
}
