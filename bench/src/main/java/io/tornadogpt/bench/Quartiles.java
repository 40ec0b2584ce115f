package io.tornadogpt.bench;

import java.util.Arrays;

/// The middle half of some numbers.
///
/// @param low a quarter of the numbers are smaller
/// @param median half of them are
/// @param high three quarters are
public record Quartiles(double low, double median, double high) {

    /// Of numbers in any order, interpolated between neighbours.
    public static Quartiles of(double... numbers) {
        if (numbers.length == 0) {
            throw new IllegalArgumentException("quartiles of no numbers; give one at least");
        }
        double[] sorted = numbers.clone();
        Arrays.sort(sorted);
        return new Quartiles(at(sorted, 0.25), at(sorted, 0.5), at(sorted, 0.75));
    }

    private static double at(double[] sorted, double share) {
        double place = share * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
