package io.tornadogpt.trainer.sweep;

import io.tornadogpt.trainer.report.ResultTable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What came of a sweep.
///
/// @param finished whether all is trained; otherwise it was stopped and can be resumed
/// @param trials the best first
public record SweepResult(boolean finished, List<TrialResult> trials) {
    public SweepResult {
        trials = trials.stream().sorted(TrialResult.BEST_FIRST).toList();
    }

    /// The best trial; empty where none has a validation loss.
    public Optional<TrialResult> best() {
        return trials.stream()
                .filter(result -> !result.failed() && Double.isFinite(result.mean()))
                .findFirst();
    }

    /// All trials as a table, the best first.
    public ResultTable table() {
        var columns = new ArrayList<>(List.of("trial"));
        List<String> keys =
                trials.isEmpty()
                        ? List.of()
                        : List.copyOf(trials.getFirst().trial().settings().keySet());
        columns.addAll(keys);
        columns.addAll(List.of("steps", "val loss", "deviation", "seeds", "seconds"));
        var rows = new ArrayList<List<String>>();
        for (TrialResult result : trials) {
            var row = new ArrayList<>(List.of(Integer.toString(result.trial().number())));
            row.addAll(result.trial().settings().values());
            row.add(Integer.toString(result.steps()));
            row.add(result.failed() ? "diverged" : figure("%.4f", result.mean()));
            row.add(result.failed() ? "–" : figure("%.4f", result.deviation()));
            row.add(Integer.toString(result.runs().size()));
            row.add(figure("%.0f", result.seconds()));
            rows.add(row);
        }
        return new ResultTable("Trials, the best first", columns, rows);
    }

    private static String figure(String format, double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, format, value) : "–";
    }
}
