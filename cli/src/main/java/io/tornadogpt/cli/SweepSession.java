package io.tornadogpt.cli;

import io.tornadogpt.trainer.sweep.Sweep;
import io.tornadogpt.trainer.sweep.SweepResult;
import io.tornadogpt.trainer.sweep.TrialResult;
import io.tornadogpt.trainer.sweep.TrialRun;

import java.io.IOException;
import java.util.Locale;

/// Runs a sweep while someone watches, and says what came of it.
record SweepSession(Screen screen, Sweep sweep, int threads) {

    int run() throws IOException {
        int trials = sweep.trials().size();
        screen.entry(
                "sweep",
                "%s of %s each",
                Show.several(trials, "trial"),
                Show.several(sweep.seeds().size(), "run"));
        screen.entry("output", "%s", sweep.directory().path());
        screen.line("");
        SweepResult result;
        int exitCode;
        sweep.threads(threads).listener(new SweepProgress(screen, trials));
        Runnable stop =
                () -> {
                    sweep.stop();
                    screen.warning(
                            "stopping after this micro-batch and saving; press Ctrl-C again to end"
                                    + " at once without saving");
                };
        try (var signals = new StopSignals(stop)) {
            result = sweep.run();
            exitCode = signals.exitCode();
        }
        screen.line("");
        TableText.print(screen, result.table());
        screen.line("");
        result.best().ifPresent(this::best);
        screen.entry("report", "%s", sweep.directory().report());
        if (!result.finished()) {
            screen.entry(
                    "resume",
                    "%s sweep --resume %s%s",
                    Gpt.COMMAND,
                    Show.quoted(sweep.directory().path()),
                    DeviceOptions.added(sweep.device()));
            return exitCode;
        }
        return 0;
    }

    /// The best trial, and the command that repeats its best run: by the run's own settings, on the
    /// sweep's own tokens, so that it has the same bits.
    private void best(TrialResult best) {
        String deviation =
                Double.isNaN(best.deviation())
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                " ± %.4f over %d seeds",
                                best.deviation(),
                                best.runs().size());
        screen.entry(
                "best",
                "%s",
                screen.bold(
                        String.format(
                                Locale.ROOT,
                                "trial %d, validation loss %.4f%s",
                                best.trial().number(),
                                best.mean(),
                                deviation)));
        screen.wrapped("", best.trial().description());
        TrialRun run = best.best();
        String tokens = Show.quoted(sweep.data().path());
        Object choice = sweep.data().tokenizer();
        screen.wrapped(
                "repeat",
                "%s train --config %s --data %s%s --seed %d%s"
                        .formatted(
                                Gpt.COMMAND,
                                Show.quoted(run.directory().settings()),
                                tokens,
                                choice == null ? "" : " --tokenizer " + choice,
                                run.seed(),
                                DeviceOptions.added(sweep.device())));
        screen.wrapped(
                "",
                "%s sample --model %s".formatted(Gpt.COMMAND, Show.quoted(run.directory().path())));
    }
}
