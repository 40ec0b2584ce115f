package io.tornadogpt.scaling;

import java.util.List;
import java.util.function.ToDoubleFunction;

/// A law, the runs that it was fitted to, and how sure it is.
///
/// @param law that fits best
/// @param runs that it was fitted to
/// @param drawn laws of runs drawn with replacement
public record FittedLaw(ScalingLaw law, List<Observation> runs, List<ScalingLaw> drawn) {
    private static final int DRAWN = 400;
    private static final double TAIL = 0.025;

    /// A range that holds 95 of 100 drawn laws.
    public record Interval(double low, double high) {}

    public FittedLaw {
        runs = List.copyOf(runs);
        drawn = List.copyOf(drawn);
    }

    /// Fits a law, and 400 to runs drawn with replacement.
    ///
    /// @param seed of what is drawn
    public static FittedLaw of(List<Observation> runs, long seed) {
        return new FittedLaw(LawFit.fit(runs), runs, LawFit.bootstrap(runs, DRAWN, seed));
    }

    /// The interval of something that a law says.
    public Interval interval(ToDoubleFunction<ScalingLaw> what) {
        double[] sorted = drawn.stream().mapToDouble(what).sorted().toArray();
        int cut = (int) (TAIL * sorted.length);
        return new Interval(sorted[cut], sorted[sorted.length - 1 - cut]);
    }

    /// Root of the mean square of the relative errors of the runs' losses.
    public double error() {
        double squares =
                runs.stream()
                        .mapToDouble(
                                run ->
                                        Math.log(
                                                law.loss(run.parameters(), run.tokens())
                                                        / run.loss()))
                        .map(r -> r * r)
                        .average()
                        .orElse(Double.NaN);
        return Math.sqrt(squares);
    }
}
