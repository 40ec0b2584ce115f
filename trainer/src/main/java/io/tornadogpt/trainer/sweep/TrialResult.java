package io.tornadogpt.trainer.sweep;

import java.util.Comparator;
import java.util.List;

/// What came of a trial.
///
/// @param runs one a seed
public record TrialResult(Trial trial, List<TrialRun> runs) {
    /// The best first: those that were trained longest, of these the lowest mean, and at the end
    /// those that failed.
    static final Comparator<TrialResult> BEST_FIRST =
            Comparator.comparing(TrialResult::failed)
                    .thenComparing(Comparator.comparingInt(TrialResult::steps).reversed())
                    .thenComparingDouble(TrialResult::mean)
                    .thenComparingInt(result -> result.trial.number());

    public TrialResult {
        runs = List.copyOf(runs);
    }

    /// Whether a run of it could not be trained.
    public boolean failed() {
        return runs.stream().anyMatch(run -> run.failure() != null);
    }

    /// Steps that all of its runs have done.
    public int steps() {
        return runs.stream().mapToInt(TrialRun::steps).min().orElse(0);
    }

    /// Mean validation loss over the seeds; NaN where a run has none.
    public double mean() {
        return runs.stream().mapToDouble(TrialRun::score).average().orElse(Double.NaN);
    }

    /// Standard deviation of the validation loss over the seeds, of a sample (by n - 1); NaN with
    /// one seed.
    public double deviation() {
        double mean = mean();
        double squares =
                runs.stream().mapToDouble(r -> (r.score() - mean) * (r.score() - mean)).sum();
        return runs.size() < 2 ? Double.NaN : Math.sqrt(squares / (runs.size() - 1));
    }

    /// Seconds that the steps of all runs took.
    public double seconds() {
        return runs.stream().mapToDouble(TrialRun::seconds).sum();
    }

    /// The run with the lowest validation loss.
    public TrialRun best() {
        return runs.stream().min(Comparator.comparingDouble(TrialRun::score)).orElseThrow();
    }
}
