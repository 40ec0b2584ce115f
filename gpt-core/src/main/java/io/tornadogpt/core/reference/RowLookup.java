package io.tornadogpt.core.reference;

import io.tornadogpt.core.op.Embedding;

/// Rows of a table picked by id.
final class RowLookup {
    private RowLookup() {}

    static void forward(Embedding op, Frame frame) {
        Integers ids = frame.integers(op.ids());
        Matrix table = frame.matrix(op.table());
        Matrix out = frame.matrix(op.out());
        for (int i = 0; i < ids.size(); i++) {
            int id = row(op.name(), ids, i, table);
            for (int c = 0; c < table.columns(); c++) {
                out.set(i, c, table.get(id, c));
            }
        }
    }

    static void backward(Embedding.Backward op, Frame frame) {
        Integers ids = frame.integers(op.ids());
        Matrix dOut = frame.matrix(op.dOut());
        Matrix dTable = frame.matrix(op.dTable());
        for (int i = 0; i < ids.size(); i++) {
            int id = row(op.name(), ids, i, dTable);
            for (int c = 0; c < dTable.columns(); c++) {
                dTable.add(id, c, dOut.get(i, c));
            }
        }
    }

    private static int row(String op, Integers ids, int index, Matrix table) {
        return ids.below(table.rows(), index, op, "the table has " + table.rows() + " rows");
    }
}
