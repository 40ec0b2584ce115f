package io.tornadogpt.cli;

import io.tornadogpt.bench.Job;
import io.tornadogpt.bench.TrainingJob;
import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.trainer.settings.Preset;
import io.tornadogpt.trainer.settings.RunSettings;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

import java.io.IOException;
import java.util.Map;

/// Measures training steps.
@Command(
        name = "train",
        description = {
            "Measures training steps on random tokens: loss, gradients, clipping and AdamW. --steps"
                    + " sets how many are measured, instead of --seconds.",
            ""
        },
        sortOptions = false)
final class BenchTrainCommand extends MeasuringCommand {
    @Mixin private ModelOptions model = new ModelOptions();

    @Override
    Job open(Backend backend, ExecutionOptions execution) throws IOException {
        return TrainingJob.open(backend, resolved(), execution);
    }

    @Override
    void describe(Screen screen) throws IOException {
        RunSettings settings = resolved();
        screen.line(screen.bold("TornadoGPT") + " measures training");
        screen.line("");
        describe(screen, settings.model());
        screen.entry(
                "step",
                "%d x %d tokens, %d times; dropout %s",
                settings.train().batchSize(),
                settings.train().blockSize(),
                settings.train().gradAccumulation(),
                settings.model().architecture().dropout().residual());
    }

    @Override
    Map<String, Object> settings() throws IOException {
        return flat(resolved().flat());
    }

    @Override
    int most() {
        return model.steps() == null ? Integer.MAX_VALUE : model.steps();
    }

    private RunSettings resolved() throws IOException {
        return model.resolve(RunSettings.of(Preset.DEFAULT));
    }
}
