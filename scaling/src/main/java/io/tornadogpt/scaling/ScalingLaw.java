package io.tornadogpt.scaling;

/// The loss as a function of size and tokens: `L = E + A / N^alpha + B / D^beta` (Hoffmann et al.
/// 2022, "Training Compute-Optimal Large Language Models", section 3.3).
///
/// @param e the loss that no size and no number of tokens gets below
/// @param a times `N^-alpha` is what a model of that size is too small for
/// @param b times `D^-beta` is what so many tokens are too few for
public record ScalingLaw(double e, double a, double b, double alpha, double beta) {
    /// The law that Hoffmann et al. report for their own models and data.
    public static final ScalingLaw HOFFMANN = new ScalingLaw(1.69, 406.4, 410.7, 0.34, 0.28);

    /// The loss of a model.
    ///
    /// @param parameters N
    /// @param tokens D
    public double loss(double parameters, double tokens) {
        return e + a * Math.pow(parameters, -alpha) + b * Math.pow(tokens, -beta);
    }

    /// The size with the lowest loss where training takes `6 N D` operations: `G (C / 6)^(beta /
    /// (alpha + beta))` with `G = (alpha A / (beta B))^(1 / (alpha + beta))`.
    ///
    /// @param flops C
    public double bestParameters(double flops) {
        double g = Math.pow(alpha * a / (beta * b), 1 / (alpha + beta));
        return g * Math.pow(flops / 6, beta / (alpha + beta));
    }
}
