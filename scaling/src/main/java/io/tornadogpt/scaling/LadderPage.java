package io.tornadogpt.scaling;

import io.tornadogpt.trainer.report.FigurePage;
import io.tornadogpt.trainer.report.Plot;
import io.tornadogpt.trainer.report.Plot.Look;
import io.tornadogpt.trainer.report.Plot.Series;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/// Draws a law beside the runs that it was fitted to.
final class LadderPage {
    private static final int POINTS = 40;
    private static final double FURTHER = 10;

    private final LadderResult result;

    LadderPage(LadderResult result) {
        this.result = result;
    }

    FigurePage page() {
        FittedLaw.Interval interval = result.interval();
        String noise =
                Double.isNaN(result.noise())
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                " The loss of one size varies by %.4f (standard deviation of %d"
                                        + " seeds).",
                                result.noise(),
                                result.seeds());
        return new FigurePage("How the loss falls with size and tokens")
                .text(
                        String.format(
                                Locale.ROOT,
                                "The largest run was held out: the law says %.4f (95 %% of drawn"
                                        + " laws from %.4f to %.4f), measured was %.4f, a"
                                        + " difference of %.4f.%s",
                                result.predicted(),
                                interval.low(),
                                interval.high(),
                                result.heldOut().observation().loss(),
                                Math.abs(
                                        result.heldOut().observation().loss() - result.predicted()),
                                noise))
                .plot(byTokens())
                .plot(bySize())
                .plot(bestSizes())
                .table(result.constants())
                .table(result.table());
    }

    private Plot byTokens() {
        var series = new ArrayList<Series>();
        double[] sizes =
                distinct(result.runs().stream().mapToDouble(r -> r.observation().parameters()));
        for (int i = 0; i < sizes.length; i++) {
            double n = sizes[i];
            List<Observation> own = matching(Observation::parameters, n);
            double[] x = own.stream().mapToDouble(Observation::tokens).toArray();
            double[] y = own.stream().mapToDouble(Observation::loss).toArray();
            series.add(curve("law " + rounded(n), i, x, d -> result.fitted().law().loss(n, d)));
            series.add(new Series(rounded(n) + " parameters", Look.POINTS, i, x, y));
        }
        return new Plot(
                "Loss by tokens", "nats a token; lines are the law", "tokens", true, series);
    }

    private Plot bySize() {
        var series = new ArrayList<Series>();
        double[] counts =
                distinct(result.runs().stream().mapToDouble(r -> r.observation().tokens()));
        for (int i = 0; i < counts.length; i++) {
            double d = counts[i];
            List<Observation> own = matching(Observation::tokens, d);
            double[] x = own.stream().mapToDouble(Observation::parameters).toArray();
            double[] y = own.stream().mapToDouble(Observation::loss).toArray();
            series.add(curve("law " + rounded(d), i, x, n -> result.fitted().law().loss(n, d)));
            series.add(new Series(rounded(d) + " tokens", Look.POINTS, i, x, y));
        }
        return new Plot(
                "Loss by size",
                "nats a token; lines are the law",
                "parameters without embeddings",
                true,
                series);
    }

    /// The size that is best for a budget, from what the ladder itself took to a hundred times as
    /// much.
    private Plot bestSizes() {
        Cost flops = result.flops();
        double largest =
                result.runs().stream()
                        .mapToDouble(r -> r.flops() * r.observation().tokens())
                        .max()
                        .orElse(1);
        double[] budgets =
                IntStream.rangeClosed(0, POINTS)
                        .mapToDouble(i -> largest / 100 * Math.pow(1e4, i / (double) POINTS))
                        .toArray();
        double[] sizes =
                DoubleStream.of(budgets)
                        .map(c -> Recommendation.of(result.fitted(), flops, c).parameters())
                        .toArray();
        double[] tokens =
                IntStream.range(0, budgets.length)
                        .mapToDouble(i -> budgets[i] / flops.ofToken(sizes[i]))
                        .toArray();
        return new Plot(
                "Best size and tokens for a budget",
                "beyond the runs this is a guess that grows",
                "operations",
                true,
                List.of(
                        new Series("parameters", Look.LINE, 0, budgets, sizes),
                        new Series("tokens", Look.LINE, 1, budgets, tokens)));
    }

    private Series curve(String label, int colour, double[] x, DoubleUnaryOperator law) {
        double low = x[0];
        double high = x[x.length - 1] * FURTHER;
        double[] places =
                IntStream.rangeClosed(0, POINTS)
                        .mapToDouble(i -> low * Math.pow(high / low, i / (double) POINTS))
                        .toArray();
        return new Series(
                label, Look.FAINT, colour, places, DoubleStream.of(places).map(law).toArray());
    }

    private List<Observation> matching(ToDoubleFunction<Observation> of, double value) {
        return result.runs().stream()
                .map(LadderRun::observation)
                .filter(o -> of.applyAsDouble(o) == value)
                .sorted(
                        Comparator.comparingDouble(Observation::parameters)
                                .thenComparingDouble(Observation::tokens))
                .toList();
    }

    private static double[] distinct(DoubleStream values) {
        return values.distinct().sorted().toArray();
    }

    private static String rounded(double value) {
        return value >= 1e6
                ? String.format(Locale.ROOT, "%.3gM", value / 1e6)
                : String.format(Locale.ROOT, "%.3gk", value / 1e3);
    }
}
