package io.tornadogpt.trainer.report;

import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleFunction;
import java.util.stream.DoubleStream;

/// Where values lie along one side of a chart, and what is written there.
///
/// @param low the value at 0
/// @param high the value at 1; more than `low`
/// @param logarithmic whether equal ratios are equally far apart; both ends are positive then
/// @param ticks values that are marked, ascending
/// @param label how a value is written
record Axis(
        double low,
        double high,
        boolean logarithmic,
        List<Double> ticks,
        DoubleFunction<String> label) {
    private static final int TICKS = 6;

    /// The largest ratio of values that are still told apart on a linear axis.
    private static final double LINEAR_RATIO = 60;

    /// Values as far apart as they are, from the least to the largest and a little beyond.
    static Axis linear(double least, double largest, DoubleFunction<String> label) {
        double low = least;
        double high = largest;
        if (!(high > low)) { // one value, or none
            double room = low == 0 ? 1 : Math.abs(low) * 0.1;
            low -= room;
            high += room;
        }
        return linear(low, high, step((high - low) / TICKS), label);
    }

    private static Axis linear(double low, double high, double step, DoubleFunction<String> label) {
        var ticks = new ArrayList<Double>();
        for (long i = (long) Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) {
            ticks.add(i * step);
        }
        return new Axis(low, high, false, ticks, label);
    }

    /// The steps of a run.
    static Axis steps(double first, double last) {
        double high = Math.max(last, first + 1);
        double apart = Math.ceil(step((high - first) / TICKS)); // there are no halves of steps
        return linear(first, high, apart, value -> Figures.count(Math.round(value)));
    }

    /// A quantity that values lie over.
    static Axis across(DoubleStream values, boolean logarithmic) {
        var all = values.filter(Double::isFinite).summaryStatistics();
        double least = all.getCount() == 0 ? 1 : all.getMin();
        double largest = all.getCount() == 0 ? 2 : all.getMax();
        if (logarithmic && least > 0) {
            double room = Math.pow(largest / least, 0.02);
            return logarithmic(least / room, largest * Math.max(room, 1.01), Figures::mark);
        }
        return linear(least, largest, Figures::mark);
    }

    /// An axis on which all finite values can be seen, with room above and below.
    static Axis fitting(DoubleStream values, DoubleFunction<String> label) {
        var all = values.filter(Double::isFinite).summaryStatistics();
        if (all.getCount() == 0) {
            return linear(0, 1, label);
        }
        double low = all.getMin();
        double high = all.getMax();
        if (low > 0 && high / low > LINEAR_RATIO) {
            return logarithmic(low / 1.2, high * 1.2, label);
        }
        double room = 0.04 * (high - low);
        return linear(low - room, high + room, label);
    }

    /// An axis from zero to a little more than the largest finite value.
    static Axis fromZero(DoubleStream values, DoubleFunction<String> label) {
        double high = values.filter(Double::isFinite).max().orElse(1);
        return linear(0, high > 0 ? high * 1.05 : 1, label);
    }

    private static Axis logarithmic(double low, double high, DoubleFunction<String> label) {
        var ticks = new ArrayList<Double>();
        int every = (int) Math.max(1, Math.round(Math.log10(high / low) / TICKS));
        for (int power = (int) Math.ceil(Math.log10(low)); power <= Math.log10(high); power++) {
            if (Math.floorMod(power, every) == 0) {
                ticks.add(Math.pow(10, power));
            }
        }
        return new Axis(low, high, true, ticks, label);
    }

    /// A round number not much larger than a distance: 1, 2, 2.5 or 5 times a power of ten.
    private static double step(double distance) {
        double power = Math.pow(10, Math.floor(Math.log10(distance)));
        for (double round : new double[] {1, 2, 2.5, 5}) {
            if (round * power >= distance * (1 - 1e-9)) {
                return round * power;
            }
        }
        return 10 * power;
    }

    /// How far along a value lies, 0 to 1 for those on the axis.
    double fraction(double value) {
        return logarithmic
                ? Math.log(value / low) / Math.log(high / low)
                : (value - low) / (high - low);
    }

    String label(double value) {
        return label.apply(value);
    }
}
