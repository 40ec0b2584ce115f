package io.tornadogpt.trainer.sweep;

import io.tornadogpt.trainer.report.FigurePage;
import io.tornadogpt.trainer.report.Plot;
import io.tornadogpt.trainer.report.Plot.Look;

import java.util.List;
import java.util.Locale;

/// The loss of a short run whose learning rate grows from step to step.
///
/// @param rates of each step, ascending
/// @param losses of each step
/// @param smoothed losses, as [LearningRateFinder] smooths them
public record LearningRateCurve(double[] rates, double[] losses, double[] smoothed) {
    /// Steps at the beginning whose loss is not smooth yet.
    private static final int SETTLING = 5;

    /// The rate that is proposed: two thirds into the longest fall of the smoothed loss, as
    /// fastai's `valley` has it. There the loss falls steadily, and the rates that diverge are some
    /// distance away.
    ///
    /// @throws IllegalArgumentException where the loss does not fall
    public double proposal() {
        int n = smoothed.length;
        var length = new int[n];
        int end = 0;
        for (int i = 0; i < n; i++) {
            length[i] = 1;
            for (int j = 0; j < i; j++) {
                if (smoothed[i] < smoothed[j]) {
                    length[i] = Math.max(length[i], length[j] + 1);
                }
            }
            if (length[i] > length[end]) {
                end = i;
            }
        }
        int fall = n == 0 ? 0 : length[end];
        if (fall < SETTLING) {
            throw new IllegalArgumentException(
                    "the loss did not fall at any learning rate from %s to %s; take a wider range, or look at the data and the model"
                            .formatted(n == 0 ? "?" : rates[0], n == 0 ? "?" : rates[n - 1]));
        }
        int start = end - fall;
        double third = fall / 3.0;
        return rates[Math.max(0, start + (int) third + (int) (third / 2))];
    }

    /// Where the smoothed loss falls fastest by the logarithm of the rate (Smith 2015).
    public double steepest() {
        int best = Math.min(SETTLING, rates.length - 1);
        double fastest = 0;
        for (int i = SETTLING; i < rates.length - 1; i++) {
            double slope =
                    (smoothed[i + 1] - smoothed[i - 1])
                            / (StrictMath.log(rates[i + 1]) - StrictMath.log(rates[i - 1]));
            if (slope < fastest) {
                fastest = slope;
                best = i;
            }
        }
        return rates[best];
    }

    /// A tenth of the rate at which the smoothed loss is lowest, an older rule of thumb.
    public double tenthOfLowest() {
        int lowest = 0;
        for (int i = 1; i < smoothed.length; i++) {
            lowest = smoothed[i] < smoothed[lowest] ? i : lowest;
        }
        return rates[lowest] / 10;
    }

    /// The page that shows it.
    ///
    /// @param what was trained, in words
    public FigurePage page(String what) {
        var plot =
                new Plot(
                        "Loss while the learning rate grows",
                        "nats a token",
                        "learning rate",
                        true,
                        List.of(
                                new Plot.Series("each step", Look.FAINT, 0, rates, losses),
                                new Plot.Series("smoothed", Look.LINE, 0, rates, smoothed),
                                new Plot.Series(
                                        "proposed",
                                        Look.POINTS,
                                        1,
                                        new double[] {proposal()},
                                        new double[] {smoothedAt(proposal())})));
        return new FigurePage("A learning rate for " + what)
                .text(
                        String.format(
                                Locale.ROOT,
                                "Proposed: %.1e, two thirds into the longest fall of the smoothed"
                                        + " loss. The fall is steepest at %.1e; a tenth of the rate"
                                        + " with the lowest loss is %.1e.",
                                proposal(),
                                steepest(),
                                tenthOfLowest()))
                .plot(plot);
    }

    private double smoothedAt(double rate) {
        int i = 0;
        while (rates[i] < rate) {
            i++;
        }
        return smoothed[i];
    }
}
