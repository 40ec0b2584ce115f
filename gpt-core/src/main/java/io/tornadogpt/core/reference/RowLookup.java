package io.tornadogpt.core.reference;

import io.tornadogpt.core.op.Embedding;

/// Rows of a table picked by id.
final class RowLookup {
    private static final int NONE = -1;

    private RowLookup() {}

    static void forward(Embedding op, Frame frame) {
        Integers ids = frame.integers(op.ids());
        Matrix table = frame.matrix(op.table());
        Matrix out = frame.matrix(op.out());
        for (int i = 0; i < ids.size(); i++) {
            int row = row(op.name(), ids, i, table, op.offset(), op.optional());
            for (int c = 0; c < table.columns(); c++) {
                out.set(i, c, row == NONE ? 0 : table.get(row, c));
            }
        }
    }

    static void backward(Embedding.Backward op, Frame frame) {
        Integers ids = frame.integers(op.ids());
        Matrix dOut = frame.matrix(op.dOut());
        Matrix dTable = frame.matrix(op.dTable());
        for (long i = 0; i < dTable.size() && !op.accumulate(); i++) {
            dTable.set(i, 0);
        }
        for (int i = 0; i < ids.size(); i++) {
            int row = row(op.name(), ids, i, dTable, op.offset(), op.optional());
            for (int c = 0; c < dTable.columns() && row != NONE; c++) {
                dTable.add(row, c, dOut.get(i, c));
            }
        }
    }

    private static int row(
            String op, Integers ids, int index, Matrix table, int offset, boolean optional) {
        if (optional && ids.get(index) == NONE) {
            return NONE;
        }
        int usable = table.rows() - offset;
        String limit =
                offset == 0
                        ? "the table has " + usable + " rows"
                        : "the table has %d rows behind the first %d".formatted(usable, offset);
        return offset + ids.below(usable, index, op, limit);
    }
}
