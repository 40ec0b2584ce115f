package io.tornadogpt.finetune.task;

import java.util.List;

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

    private static double ratio(long part, long whole) {
        return whole == 0 ? 0 : part / (double) whole;
    }
}
