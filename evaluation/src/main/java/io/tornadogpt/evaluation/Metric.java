package io.tornadogpt.evaluation;

import java.util.Arrays;

/// A figure with its standard error.
///
/// @param value the figure
/// @param stderr its standard error over items; NaN where it has none, as with a single item
public record Metric(double value, double stderr) {
    /// The mean of items, and the standard error of a mean: the deviation of the sample, by n - 1,
    /// over the root of n.
    public static Metric mean(double... values) {
        double mean = Arrays.stream(values).average().orElse(Double.NaN);
        double squares = Arrays.stream(values).map(v -> (v - mean) * (v - mean)).sum();
        int n = values.length;
        double stderr = n < 2 ? Double.NaN : Math.sqrt(squares / (n - 1) / n);
        return new Metric(mean, stderr);
    }

    /// The exponential of the negative mean of log-likelihoods. Its standard error is that of the
    /// mean, times the figure (the delta method).
    static Metric perplexity(double... logLikelihoods) {
        Metric mean = mean(logLikelihoods);
        double value = Math.exp(-mean.value());
        return new Metric(value, value * mean.stderr());
    }

    /// A figure about which nothing is said.
    static Metric plain(double value) {
        return new Metric(value, Double.NaN);
    }

    /// A correlation of n pairs; its standard error by the usual formula for normal variables.
    static Metric correlation(double r, int n) {
        return new Metric(r, n < 3 ? Double.NaN : Math.sqrt((1 - r * r) / (n - 2)));
    }
}
