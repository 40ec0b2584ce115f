package io.tornadogpt.scaling;

import io.tornadogpt.trainer.report.ResultTable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/// What came of a ladder.
///
/// @param runs all of them, the held-out one last
/// @param heldOut the largest, which the law was not fitted to
/// @param fitted the law of the others
/// @param noise standard deviation of the loss over seeds of one size; NaN with one seed
/// @param seeds how many there were
public record LadderResult(
        List<LadderRun> runs, LadderRun heldOut, FittedLaw fitted, double noise, int seeds) {
    public LadderResult {
        runs = List.copyOf(runs);
    }

    /// The loss of the held-out run by the law.
    public double predicted() {
        Observation run = heldOut.observation();
        return fitted.law().loss(run.parameters(), run.tokens());
    }

    /// The interval of that.
    public FittedLaw.Interval interval() {
        Observation run = heldOut.observation();
        return fitted.interval(law -> law.loss(run.parameters(), run.tokens()));
    }

    /// Operations to train on a token, by size.
    public Cost flops() {
        return cost(LadderRun::flops);
    }

    /// Seconds to train on a token, by size, on the machine of the ladder.
    public Cost seconds() {
        return cost(LadderRun::seconds);
    }

    private Cost cost(ToDoubleFunction<LadderRun> of) {
        Map<Double, List<Double>> all = new HashMap<>();
        runs.forEach(
                run ->
                        all.computeIfAbsent(run.observation().parameters(), _ -> new ArrayList<>())
                                .add(of.applyAsDouble(run)));
        Map<Double, Double> medians = new HashMap<>();
        all.forEach(
                (size, costs) ->
                        medians.put(size, costs.stream().sorted().toList().get(costs.size() / 2)));
        return Cost.of(medians);
    }

    /// The constants of the law with their intervals.
    public ResultTable constants() {
        var rows = new ArrayList<List<String>>();
        row(rows, "E", "%.4f", ScalingLaw::e);
        row(rows, "A", "%.4g", ScalingLaw::a);
        row(rows, "B", "%.4g", ScalingLaw::b);
        row(rows, "alpha", "%.4f", ScalingLaw::alpha);
        row(rows, "beta", "%.4f", ScalingLaw::beta);
        return new ResultTable(
                "L = E + A / N^alpha + B / D^beta",
                List.of("constant", "value", "95 % from", "to"),
                rows);
    }

    private void row(
            List<List<String>> rows,
            String name,
            String format,
            ToDoubleFunction<ScalingLaw> constant) {
        FittedLaw.Interval interval = fitted.interval(constant);
        rows.add(
                List.of(
                        name,
                        text(format, constant.applyAsDouble(fitted.law())),
                        text(format, interval.low()),
                        text(format, interval.high())));
    }

    /// All runs with their losses and what the law says.
    public ResultTable table() {
        var rows = new ArrayList<List<String>>();
        for (LadderRun run : runs) {
            Observation o = run.observation();
            double law = fitted.law().loss(o.parameters(), o.tokens());
            rows.add(
                    List.of(
                            run.equals(heldOut) ? run.size() + " held out" : run.size(),
                            text("%,.0f", o.parameters()),
                            text("%,.0f", o.tokens()),
                            text("%.4f", o.loss()),
                            text("%.4f", law),
                            text("%+.4f", o.loss() - law),
                            text("%.0f", run.seconds() * o.tokens())));
        }
        return new ResultTable(
                "Runs: layers x heads x width",
                List.of("size", "parameters", "tokens", "loss", "law", "off by", "seconds"),
                rows);
    }

    private static String text(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }
}
