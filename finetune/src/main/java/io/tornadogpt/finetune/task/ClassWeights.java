package io.tornadogpt.finetune.task;

import io.tornadogpt.core.files.BadFileException;

import java.util.Arrays;
import java.util.List;

/// How much the rows of each label count.
final class ClassWeights {
    private static final String SETTING = "classify.classWeights";

    private ClassWeights() {}

    /// @param said `none`, `balanced`, or a list such as `ham=1,spam=6`
    /// @param names of the labels
    static float[] of(String said, List<String> names, List<LabeledRows.LabeledRow> rows) {
        float[] weights = new float[names.size()];
        switch (said) {
            case "none" -> Arrays.fill(weights, 1);
            case "balanced" -> balance(weights, names, rows);
            default -> read(said, names, weights);
        }
        return weights;
    }

    /// All labels together count as much as without weights, and each as much as the others.
    private static void balance(
            float[] weights, List<String> names, List<LabeledRows.LabeledRow> rows) {
        var counts = new long[names.size()];
        rows.forEach(row -> counts[row.label()]++);
        for (int label = 0; label < counts.length; label++) {
            weights[label] =
                    counts[label] == 0 ? 0 : (float) rows.size() / (counts.length * counts[label]);
        }
    }

    private static void read(String said, List<String> names, float[] weights) {
        Arrays.fill(weights, -1);
        for (String part : said.split(",", -1)) {
            int equals = part.lastIndexOf('=');
            int label = equals < 0 ? -1 : names.indexOf(part.substring(0, equals).strip());
            if (label < 0 || weights[label] >= 0) {
                throw bad(said, names, "%s is not one label and its weight".formatted(part));
            }
            try {
                weights[label] = Float.parseFloat(part.substring(equals + 1).strip());
            } catch (NumberFormatException e) {
                throw bad(said, names, "%s has no number".formatted(part));
            }
            if (!(weights[label] >= 0) || Float.isInfinite(weights[label])) {
                throw bad(said, names, "%s has a weight below 0".formatted(part));
            }
        }
        for (int label = 0; label < weights.length; label++) {
            if (weights[label] < 0) {
                throw bad(said, names, "%s has no weight".formatted(names.get(label)));
            }
        }
    }

    private static IllegalArgumentException bad(String said, List<String> names, String reason) {
        return new IllegalArgumentException(
                "%s is %s, but %s; expected none, balanced, or a weight for each of %s"
                        .formatted(
                                SETTING,
                                BadFileException.quote(said),
                                reason,
                                LabelNames.list(names)));
    }
}
