package io.tornadogpt.cli;

import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.sweep.SweepListener;
import io.tornadogpt.trainer.sweep.Trial;
import io.tornadogpt.trainer.sweep.TrialRun;

import java.util.Locale;

/// Prints a line for each run that is done, on a terminal one that changes meanwhile too.
final class SweepProgress implements SweepListener {
    private final Screen screen;
    private final int trials;
    private String present = "";
    private int until;
    private long shown;

    SweepProgress(Screen screen, int trials) {
        this.screen = screen;
        this.trials = trials;
    }

    private static final long REFRESH_NANOS = 100_000_000;

    @Override
    public void begins(Trial trial, long seed, int steps) {
        present = "%d/%d  seed %d".formatted(trial.number(), trials, seed);
        until = steps;
    }

    @Override
    public void step(StepMetrics metrics) {
        long now = System.nanoTime();
        if (now - shown > REFRESH_NANOS) {
            shown = now;
            screen.status(
                    String.format(
                            Locale.ROOT,
                            "%s  step %d/%d  loss %.3f",
                            present,
                            metrics.step(),
                            until,
                            metrics.loss()));
        }
    }

    @Override
    public void ends(Trial trial, TrialRun run) {
        String how =
                run.failure() != null
                        ? "diverged"
                        : String.format(
                                Locale.ROOT,
                                "%d steps in %s  val %.4f",
                                run.steps(),
                                Show.duration(run.seconds()),
                                run.score());
        screen.line("%s  %s  %s", present, how, trial.description());
    }

    @Override
    public void compared(int steps, int kept, int of) {
        screen.line("after %d steps %d of %d go on", steps, kept, of);
    }
}
