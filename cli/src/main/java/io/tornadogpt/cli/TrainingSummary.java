package io.tornadogpt.cli;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.trainer.loop.MemoryBudget;
import io.tornadogpt.trainer.parallel.Communicator;
import io.tornadogpt.trainer.report.Report;
import io.tornadogpt.trainer.run.Run;
import io.tornadogpt.trainer.run.RunDirectory;
import io.tornadogpt.trainer.run.TrainingResult;
import io.tornadogpt.trainer.settings.ModelObjective;
import io.tornadogpt.trainer.settings.RunSettings;
import io.tornadogpt.trainer.settings.Settings;
import io.tornadogpt.trainer.settings.TrainConfig;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Prints what a training run is, how it ended, and what to do with it.
///
/// @param device what it is computed on, as `--device` names it
/// @param command that resumes it
record TrainingSummary(Screen screen, Run<?> run, String device, String command) {
    /// Writes the run's HTML page. If it cannot be written, the run is none the worse.
    void writeReport() {
        RunDirectory directory = run.directory();
        try {
            Report.of(directory).write(directory.report());
            screen.entry("report", "%s", directory.report());
        } catch (IOException | IllegalArgumentException e) {
            screen.warning("there is no report of this run: " + Failure.of(e).message());
        }
    }

    /// Prints what is about to be trained, and on what.
    ///
    /// @param plannedBytes of memory, of each process
    /// @param processes that train it
    void describe(Backend backend, long plannedBytes, Communicator processes) {
        RunSettings settings = run.settings();
        TrainConfig train = settings.train();
        screen.wrapped(
                "model",
                "%s parameters: %s"
                        .formatted(
                                Show.rounded((double) settings.sessionModel().parameterCount()),
                                Show.architecture(settings.model())));
        screen.wrapped("device", "%s (%s)".formatted(backend.name(), backend.description()));
        screen.wrapped(
                "memory",
                "%s planned, %s available"
                        .formatted(
                                MemoryBudget.format(plannedBytes),
                                MemoryBudget.format(MemoryBudget.available())));
        if (processes.size() > 1) {
            screen.entry(
                    "processes",
                    "%d, each with %d of the %d micro-batches of a step",
                    processes.size(),
                    train.gradAccumulation() / processes.size(),
                    train.gradAccumulation());
        }
        boolean text = run.origin().task() == null;
        screen.entry(
                "steps",
                "%s of %s%s, seed %d",
                Show.count(train.steps()),
                Show.count(
                        text
                                ? train.tokensPerStep()
                                : (long) train.batchSize() * train.gradAccumulation()),
                text ? " tokens" : " rows",
                run.origin().seed());
        screen.wrapped("settings", flat(settings.flat()));
        screen.entry("output", "%s", run.directory().path());
        screen.line("");
    }

    private static List<String> flat(Settings settings) {
        var all = new ArrayList<String>();
        for (String key : settings.keys()) {
            String value = settings.value(key).toString().toLowerCase(Locale.ROOT);
            all.add(key + "=" + value.replace(".0e", "e"));
        }
        return all;
    }

    /// Prints how far a stopped run came, and the command that resumes it.
    void stopped(TrainingResult result) {
        screen.line("");
        screen.entry(
                "stopped",
                "after step %d of %d; saved",
                result.steps(),
                run.settings().train().steps());
        screen.entry("resume", "%s", resuming(result));
    }

    /// Prints how a finished run ended.
    void finished(TrainingResult result, double seconds) {
        String best =
                result.bestValidationLoss().isPresent()
                        ? ", best validation loss %.4f"
                                .formatted(result.bestValidationLoss().getAsDouble())
                        : "";
        String sentence =
                "%d steps in %s%s".formatted(result.steps(), Show.duration(seconds), best);
        screen.line("");
        screen.entry("done", "%s", screen.bold(sentence));
    }

    private String resuming(TrainingResult result) {
        return "%s %s --resume %s%s"
                .formatted(
                        Gpt.COMMAND,
                        command,
                        Show.quoted(result.directory().path()),
                        DeviceOptions.added(device));
    }

    /// Prints commands that one may want to type now.
    void next(TrainingResult result) {
        String directory = Show.quoted(result.directory().path());
        if (run.settings().train().objective() == ModelObjective.MLM) {
            screen.entry(
                    "try",
                    "%s fill --model %s --text \"public static [MASK] main\"",
                    Gpt.COMMAND,
                    directory);
            screen.entry("", "%s embed --model %s --text TEXT", Gpt.COMMAND, directory);
        } else {
            screen.entry("try", "%s sample --model %s", Gpt.COMMAND, directory);
            screen.entry("", "%s eval --model %s --data FILE", Gpt.COMMAND, directory);
        }
        further(result);
    }

    /// Prints the command that trains the run further.
    void further(TrainingResult result) {
        screen.entry("", "%s --steps %d", resuming(result), 2L * result.steps());
    }
}
