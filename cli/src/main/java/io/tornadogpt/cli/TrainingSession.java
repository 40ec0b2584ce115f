package io.tornadogpt.cli;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.trainer.loop.DivergedException;
import io.tornadogpt.trainer.run.Run;
import io.tornadogpt.trainer.run.Trainer;
import io.tornadogpt.trainer.run.TrainingResult;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;

/// Trains a run while someone watches: says what it is, shows how it goes, hears Ctrl-C, and says
/// how it ended.
///
/// @param team the processes that train it
/// @param named what it is computed on, as `--device` names it
/// @param command that resumes it
record TrainingSession(Team team, Run<?> run, DeviceOptions device, String named, String command) {
    /// What a command shows of a finished run.
    @FunctionalInterface
    interface Finish {
        void show(TrainingResult result) throws IOException;
    }

    private Screen screen() {
        return team.screen();
    }

    TrainingSummary summary() {
        return new TrainingSummary(screen(), run, named, command);
    }

    /// Trains until the end or until it is stopped.
    ///
    /// @param samples made with what says whether the run is to stop; null for none
    /// @param finish what is shown first of a finished run
    /// @param next what is shown last
    /// @return the exit code
    int train(
            Function<BooleanSupplier, @Nullable TrainingSample> samples,
            Finish finish,
            Consumer<TrainingResult> next)
            throws IOException {
        String own = team.device(named);
        Backend backend = Backends.named(own);
        var stopping = new AtomicBoolean();
        var report = new TrainingReport(screen(), run.settings().train());
        Trainer trainer =
                run.trainer()
                        .device(own)
                        .threads(team.threads(device.threads()))
                        .communicator(team.communicator())
                        .listener(report);
        TrainingTasks tasks = TrainingTasks.of(run.settings().train(), backend, device.execution());
        trainer.probe(tasks);
        TrainingSample sample = team.leads() ? samples.apply(stopping::get) : null;
        if (sample != null) {
            trainer.samples(sample);
        }
        TrainingSummary summary = summary();
        long planned = backend.plan(trainer.programs()).bytes() + trainer.exchangeBytes(backend);
        summary.describe(backend, planned, team.communicator());
        TrainingResult result;
        int exitCode;
        Runnable stop =
                () -> {
                    stopping.set(true);
                    trainer.stop();
                    screen().warning(
                                    "stopping after this micro-batch and saving; press Ctrl-C again"
                                            + " to end at once without saving");
                };
        try (var signals = new StopSignals(stop)) {
            result = trainer.run();
            exitCode = signals.exitCode();
            if (!team.leads()) {
                return exitCode;
            }
        } catch (DivergedException e) {
            if (team.leads()) {
                summary.writeReport();
            }
            throw e;
        }
        report.faults();
        if (!result.finished()) {
            summary.stopped(result);
            summary.writeReport();
            return exitCode;
        }
        summary.finished(result, report.seconds());
        finish.show(result);
        tasks.finish(screen(), result);
        screen().entry("model", "%s", result.model());
        summary.writeReport();
        next.accept(result);
        return 0;
    }
}
