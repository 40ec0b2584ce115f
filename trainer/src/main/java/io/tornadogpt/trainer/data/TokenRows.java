package io.tornadogpt.trainer.data;

import java.util.Arrays;
import java.util.List;

/// Texts of which some tokens are predicted.
///
/// @param rows at least one
public record TokenRows(List<Row> rows) implements Rows {
    private static final int NONE = -1;

    public TokenRows {
        rows = List.copyOf(rows);
    }

    @Override
    public int count() {
        return rows.size();
    }

    @Override
    public int length(int row) {
        return rows.get(row).length();
    }

    @Override
    public double fill(List<int[]> lines, Batch batch) {
        int length = batch.length();
        int[] targets = batch.integers("targets");
        batch.clearRows();
        Arrays.fill(targets, NONE);
        if (batch.reads("weights")) {
            Arrays.fill(batch.numbers("weights"), 1);
        }
        for (int line = 0; line < lines.size(); line++) {
            int at = line * length;
            for (int number : lines.get(line)) {
                Row row = rows.get(number);
                batch.putRow(row.tokens(), at);
                System.arraycopy(row.targets(), 0, targets, at, row.length());
                at += row.length();
            }
        }
        return Arrays.stream(targets).filter(target -> target >= 0).count();
    }
}
