package io.tornadogpt.scaling;

/// What to train with a budget.
///
/// @param parameters N, without embeddings
/// @param tokens D
/// @param loss that the law predicts
/// @param interval of that loss
/// @param beyond how many times larger the size is than the largest that was trained, where that is
///   more than 1: a law says less and less the further it is from its runs
public record Recommendation(
        double parameters, double tokens, double loss, FittedLaw.Interval interval, double beyond) {
    private static final int POINTS = 2000;
    private static final double REACH = 1e4;

    /// The size with the lowest loss that a budget pays for.
    ///
    /// @param fitted the law
    /// @param cost of a token, in what the budget is given in
    /// @param budget operations, or seconds
    public static Recommendation of(FittedLaw fitted, Cost cost, double budget) {
        if (!(budget > 0 && Double.isFinite(budget))) {
            throw new IllegalArgumentException(
                    "the budget is %s; expected a number more than 0".formatted(budget));
        }
        var sizes = fitted.runs().stream().mapToDouble(Observation::parameters).summaryStatistics();
        double low = sizes.getMin() / REACH;
        double high = sizes.getMax() * REACH;
        double best = low;
        double lowest = Double.POSITIVE_INFINITY;
        for (int i = 0; i <= POINTS; i++) {
            double n = low * Math.pow(high / low, i / (double) POINTS);
            double loss = fitted.law().loss(n, budget / cost.ofToken(n));
            if (loss < lowest) {
                lowest = loss;
                best = n;
            }
        }
        double parameters = best;
        double tokens = budget / cost.ofToken(best);
        return new Recommendation(
                parameters,
                tokens,
                lowest,
                fitted.interval(law -> law.loss(parameters, tokens)),
                Math.max(1, parameters / sizes.getMax()));
    }
}
