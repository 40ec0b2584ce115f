package io.tornadogpt.trainer.report;

import io.tornadogpt.trainer.metrics.StepMetrics;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// Values over steps. A value that is not finite is a gap.
///
/// @param steps ascending
/// @param values one a step
record Curve(double[] steps, double[] values) {

    /// A column of the metrics; steps where it is null are left out.
    static Curve of(List<StepMetrics> metrics, Function<StepMetrics, @Nullable Double> column) {
        var measured = metrics.stream().filter(m -> column.apply(m) != null).toList();
        return new Curve(
                measured.stream().mapToDouble(StepMetrics::step).toArray(),
                measured.stream()
                        .map(column)
                        .mapToDouble(value -> value == null ? Double.NaN : value)
                        .toArray());
    }

    int size() {
        return steps.length;
    }

    boolean isEmpty() {
        return steps.length == 0;
    }

    DoubleStream finite() {
        return Arrays.stream(values).filter(Double::isFinite);
    }

    /// All steps.
    DoubleStream xs() {
        return Arrays.stream(steps);
    }

    /// The steps at which there is no finite value.
    DoubleStream gaps() {
        return IntStream.range(0, size()).filter(this::isGap).mapToDouble(i -> steps[i]);
    }

    boolean isGap(int i) {
        return !Double.isFinite(values[i]);
    }

    /// The value at a step, or at the last one before it; NaN before the first.
    double at(double step) {
        int i = Arrays.binarySearch(steps, step);
        int last = i >= 0 ? i : -i - 2;
        return last < 0 ? Double.NaN : values[last];
    }

    /// The mean of an exponential mean that looks back and one that looks ahead, so that a bend
    /// stays where it is. Gaps stay gaps, and count for nothing beside them.
    ///
    /// @param window in which values count most, 1 for no change
    Curve smoothed(double window) {
        double[] back = new double[size()];
        double[] ahead = new double[size()];
        var behind = new Mean(window);
        var before = new Mean(window);
        for (int i = 0, j = size() - 1; j >= 0; i++, j--) {
            back[i] = behind.with(values[i]);
            ahead[j] = before.with(values[j]);
        }
        double[] mean = new double[size()];
        for (int i = 0; i < mean.length; i++) {
            mean[i] = isGap(i) ? Double.NaN : (back[i] + ahead[i]) / 2;
        }
        return new Curve(steps, mean);
    }

    /// An exponential mean whose first values are not drawn towards zero.
    private static final class Mean {
        private final double decay;
        private double sum;
        private double weight;

        Mean(double window) {
            decay = 1 - 2 / (Math.max(1, window) + 1);
        }

        double with(double value) {
            if (Double.isFinite(value)) {
                sum = decay * sum + (1 - decay) * value;
                weight = decay * weight + (1 - decay);
            }
            return sum / weight;
        }
    }

    /// A curve of fewer points that looks the same: of the values in each of so many equal parts of
    /// the steps the first, the lowest, the highest and the last, so that no peak is lost. Of
    /// neighbouring gaps one stays.
    Curve thinned(int parts) {
        if (size() <= 4 * parts) {
            return this;
        }
        double first = steps[0];
        double width = (steps[size() - 1] - first) / parts;
        var kept = new ArrayList<Integer>();
        for (int begin = 0; begin < size(); ) {
            int end = begin;
            int part = part(begin, first, width, parts);
            while (end < size() && part(end, first, width, parts) == part) {
                end++;
            }
            addExtremes(kept, begin, end);
            begin = end;
        }
        return at(kept);
    }

    private int part(int i, double first, double width, int parts) {
        return (int) Math.min(parts - 1, (steps[i] - first) / width);
    }

    private void addExtremes(List<Integer> kept, int begin, int end) {
        int lowest = begin;
        int highest = begin;
        int gap = -1;
        for (int i = begin; i < end; i++) {
            if (isGap(i)) {
                gap = i;
            } else {
                lowest = isGap(lowest) || values[i] < values[lowest] ? i : lowest;
                highest = isGap(highest) || values[i] > values[highest] ? i : highest;
            }
        }
        IntStream.of(begin, lowest, highest, gap, end - 1)
                .filter(i -> i >= 0)
                .sorted()
                .distinct()
                .forEach(kept::add);
    }

    private Curve at(List<Integer> indices) {
        return new Curve(
                indices.stream().mapToDouble(i -> steps[i]).toArray(),
                indices.stream().mapToDouble(i -> values[i]).toArray());
    }
}
