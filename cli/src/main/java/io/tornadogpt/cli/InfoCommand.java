package io.tornadogpt.cli;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.Trainable;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.program.MemoryUse;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.sampler.GenerationPrograms;
import io.tornadogpt.trainer.loop.MemoryBudget;
import io.tornadogpt.trainer.loop.ModelFlops;
import io.tornadogpt.trainer.loop.TrainingPrograms;
import io.tornadogpt.trainer.settings.Preset;
import io.tornadogpt.trainer.settings.RunSettings;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// Says what a model is and needs.
@Command(
        name = "info",
        description = {
            "Prints a model's parameters, the FLOPs and the memory that it needs, without loading"
                    + " it.",
            ""
        },
        sortOptions = false)
final class InfoCommand extends GptCommand {
    @Option(
            names = "--model",
            paramLabel = "DIR",
            description = "A run's directory or a model directory.")
    private @Nullable Path model;

    @Mixin private ModelOptions options = new ModelOptions();
    @Mixin private DeviceOptions device = new DeviceOptions();

    @Override
    int run(Screen screen) throws IOException {
        RunSettings base = RunSettings.of(Preset.DEFAULT);
        if (model != null) {
            if (options.preset() != null || options.hasModelConfig()) {
                throw new IllegalArgumentException(
                        "--model, --preset and --model-config each name a model; use one of them");
            }
            base = base.withModel(ModelArgument.open(model).stored().config());
        }
        RunSettings settings = options.resolve(base);
        Backend backend = device.backend();
        var gpt = settings.sessionModel();
        parameters(screen, gpt);
        compute(screen, settings, gpt);
        screen.line("");
        memory(screen, backend, gpt, settings.train());
        return 0;
    }

    private static void parameters(Screen screen, Model gpt) {
        Architecture architecture = gpt.architecture();
        screen.line("%s: %s", gpt.config().family().modelType(), Show.architecture(gpt.config()));
        screen.line("");
        screen.line(screen.dim("%-52s%-18s%16s".formatted("parameter", "shape", "weights")));
        for (Parameter parameter : gpt.parameters()) {
            TensorSpec spec = parameter.spec();
            screen.line("%-52s%-18s%16s", spec.name(), shape(spec), Show.count(spec.elements()));
        }
        screen.line(
                "%-70s%16s",
                architecture.embedding().tied() ? "all (the head is the token embedding)" : "all",
                Show.count(gpt.parameterCount()));
        if (gpt.adapter() != null) {
            screen.line(
                    "%-70s%16s",
                    "trained (the adapter)", Show.count(Trainable.of(gpt).elements()));
        }
        screen.line("");
    }

    private static String shape(TensorSpec spec) {
        String one = spec.shape().toString();
        return spec.slices() > 1 ? spec.slices() + " x " + one : one;
    }

    private static void compute(Screen screen, RunSettings settings, Model gpt) {
        TrainConfig train = settings.train();
        var flops = new ModelFlops(settings.model(), train.blockSize());
        double training = flops.training(gpt);
        screen.line(
                "FLOPs a token: %s to predict, %s to train; a step of %s tokens: %s",
                Show.rounded((double) flops.forward()),
                Show.rounded(training),
                Show.count(train.tokensPerStep()),
                Show.rounded(training * train.tokensPerStep()));
    }

    private static void memory(Screen screen, Backend backend, Model gpt, TrainConfig config) {
        MemoryUse train = plan(backend, gpt, config);
        boolean causal = gpt.architecture().attention().causal();
        MemoryUse sample =
                causal
                        ? backend.plan(GenerationPrograms.of(gpt, 1).programs())
                        : backend.plan(List.of());
        screen.line(
                "Memory on %s, rows of %d x %d while training, one text of up to %d tokens while"
                        + " sampling:",
                backend.name(), config.batchSize(), config.blockSize(), gpt.context());
        screen.line("");
        screen.line(screen.dim("%-24s%14s%14s".formatted("", "train", "sample")));
        for (Role role : Role.values()) {
            if (train.bytes(role) > 0 || sample.bytes(role) > 0) {
                screen.line(
                        "%-24s%14s%14s",
                        name(role), bytes(train.bytes(role)), bytes(sample.bytes(role)));
            }
        }
        screen.line("%-24s%14s%14s", "all", bytes(train.bytes()), bytes(sample.bytes()));
        screen.line("%-24s%14s", "available now", bytes(MemoryBudget.available()));
        screen.line("");
        MemoryUse kept = plan(backend, gpt, config.with("gradientCheckpointing=false"));
        MemoryUse again = plan(backend, gpt, config.with("gradientCheckpointing=true"));
        screen.line(
                "Activations: %s kept, %s with train.gradientCheckpointing=true%s",
                bytes(kept.bytes(Role.ACTIVATION)),
                bytes(again.bytes(Role.ACTIVATION)),
                config.gradientCheckpointing() ? " (as here)" : "");
    }

    private static MemoryUse plan(Backend backend, Model gpt, TrainConfig config) {
        return backend.plan(TrainingPrograms.of(gpt, config, true).programs());
    }

    private static String bytes(long bytes) {
        return bytes == 0 ? "-" : MemoryBudget.format(bytes);
    }

    private static String name(Role role) {
        return switch (role) {
            case PARAMETER -> "parameters";
            case GRADIENT -> "gradients";
            case OPTIMIZER -> "optimizer state";
            case INPUT -> "inputs";
            case OUTPUT -> "outputs";
            case CACHE -> "key-value cache";
            case ACTIVATION -> "activations";
        };
    }
}
