package io.tornadogpt.finetune.task;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.finetune.data.DataRow;
import io.tornadogpt.trainer.data.DataFileException;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Which labels rows have.
///
/// @param column of the label
record LabelNames(String column) {
    private static final int MOST = 1000;
    private static final int MOST_NAMED = 10;

    /// The labels of rows: whole numbers by size, others by their letters. Where a model has
    /// exactly these already, they keep its order.
    List<String> of(List<DataRow> rows, ModelConfig model) throws DataFileException {
        var names = new TreeSet<String>(order(rows));
        for (DataRow row : rows) {
            String name = row.word(column);
            if (name.isBlank()) {
                throw row.bad(
                        "has an empty label in %s".formatted(column),
                        "fill it in, or leave the row out");
            }
            if (names.add(name) && names.size() > MOST) {
                throw row.bad(
                        "has the %dth label of the data in the column %s, too many to be labels"
                                .formatted(names.size(), BadFileException.quote(column)),
                        "name the column of labels with data.labelColumn");
            }
        }
        if (names.size() < 2) {
            throw new DataFileException(
                    rows.getFirst().file(),
                    "the data",
                    "has only the label %s".formatted(BadFileException.quote(names.first())),
                    "give rows of at least two labels");
        }
        boolean same =
                model.task() instanceof Task.Labels labels
                        && new HashSet<>(labels.names()).equals(names);
        return same ? ((Task.Labels) model.task()).names() : List.copyOf(names);
    }

    private Comparator<String> order(List<DataRow> rows) throws DataFileException {
        for (DataRow row : rows) {
            if (!row.word(column).matches("-?\\d{1,9}")) {
                return Comparator.naturalOrder();
            }
        }
        return Comparator.comparingInt(Integer::parseInt);
    }

    /// Names for a message.
    static String list(List<String> names) {
        String first =
                names.stream()
                        .limit(MOST_NAMED)
                        .map(BadFileException::quote)
                        .collect(Collectors.joining(", "));
        return names.size() > MOST_NAMED ? first + ", ..." : first;
    }
}
