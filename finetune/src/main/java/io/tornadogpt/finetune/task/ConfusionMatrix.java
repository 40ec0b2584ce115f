package io.tornadogpt.finetune.task;

import io.tornadogpt.trainer.report.ResultTable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// How often each label was taken for each.
///
/// @param names of the labels
/// @param counts by true label and by the one that the model gave
public record ConfusionMatrix(List<String> names, long[][] counts) {
    /// Nothing counted yet.
    public ConfusionMatrix(List<String> names) {
        this(List.copyOf(names), new long[names.size()][names.size()]);
    }

    /// Counts a text.
    public void add(int label, int given) {
        counts[label][given]++;
    }

    /// Texts of a label.
    public long support(int label) {
        long sum = 0;
        for (long count : counts[label]) {
            sum += count;
        }
        return sum;
    }

    /// Texts that were given a label.
    public long given(int label) {
        long sum = 0;
        for (long[] row : counts) {
            sum += row[label];
        }
        return sum;
    }

    /// All texts.
    public long total() {
        long sum = 0;
        for (int label = 0; label < names.size(); label++) {
            sum += support(label);
        }
        return sum;
    }

    /// Share of texts that were given their label; NaN where there are none.
    public double accuracy() {
        long right = 0;
        for (int label = 0; label < names.size(); label++) {
            right += counts[label][label];
        }
        return right / (double) total();
    }

    /// Of the texts that were given a label, the share that has it; 0 where none were.
    public double precision(int label) {
        return ratio(counts[label][label], given(label));
    }

    /// Of the texts that have a label, the share that was given it; 0 where none have.
    public double recall(int label) {
        return ratio(counts[label][label], support(label));
    }

    /// The harmonic mean of precision and recall; 0 where both are.
    public double f1(int label) {
        return ratio(2 * counts[label][label], given(label) + support(label));
    }

    /// The mean of all labels' F1.
    public double macroF1() {
        double sum = 0;
        for (int label = 0; label < names.size(); label++) {
            sum += f1(label);
        }
        return sum / names.size();
    }

    /// Accuracy, precision and so on, and the counts, as tables for people.
    public List<ResultTable> tables() {
        var scores = new ArrayList<List<String>>();
        for (int label = 0; label < names.size(); label++) {
            scores.add(
                    List.of(
                            names.get(label),
                            share(precision(label)),
                            share(recall(label)),
                            share(f1(label)),
                            Long.toString(support(label))));
        }
        scores.add(List.of("all", "", share(accuracy()), share(macroF1()), Long.toString(total())));
        var columns = new ArrayList<String>();
        columns.add("true label \\ given");
        columns.addAll(names);
        var rows = new ArrayList<List<String>>();
        for (int label = 0; label < names.size(); label++) {
            var row = new ArrayList<String>();
            row.add(names.get(label));
            for (long count : counts[label]) {
                row.add(Long.toString(count));
            }
            rows.add(row);
        }
        return List.of(
                new ResultTable(
                        "Accuracy %s of %d texts".formatted(share(accuracy()), total()),
                        List.of("label", "precision", "recall", "F1", "texts"),
                        scores),
                new ResultTable("Confusion matrix", columns, rows));
    }

    private static String share(double value) {
        return String.format(Locale.ROOT, "%.2f %%", 100 * value);
    }

    private static double ratio(long part, long whole) {
        return whole == 0 ? 0 : part / (double) whole;
    }
}
