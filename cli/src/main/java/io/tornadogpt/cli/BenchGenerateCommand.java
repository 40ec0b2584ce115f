package io.tornadogpt.cli;

import io.tornadogpt.bench.GenerationJob;
import io.tornadogpt.bench.Job;
import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.trainer.settings.Preset;
import io.tornadogpt.trainer.settings.RunSettings;
import io.tornadogpt.trainer.settings.Settings;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/// Measures generation.
@Command(
        name = "generate",
        description = {
            "Measures the generation of texts after prompts of random tokens: the likeliest"
                    + " token each time, with a key-value cache.",
            ""
        },
        sortOptions = false)
final class BenchGenerateCommand extends MeasuringCommand {
    private static final long SEED = 1337;

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description =
                    "A run's directory, a model directory or a GGUF file; without it, the model of"
                            + " --preset.")
    private @Nullable Path directory;

    @Mixin private ModelOptions model = new ModelOptions();

    @Option(
            names = "--streams",
            paramLabel = "N",
            defaultValue = "1",
            description = "Texts that are generated side by side (default: ${DEFAULT-VALUE}).")
    private int streams;

    @Option(
            names = "--prompt-tokens",
            paramLabel = "N",
            defaultValue = "16",
            description = "Tokens of a prompt (default: ${DEFAULT-VALUE}).")
    private int promptTokens;

    @Option(
            names = "--max-new-tokens",
            paramLabel = "N",
            defaultValue = "64",
            description = "Tokens of a text to generate (default: ${DEFAULT-VALUE}).")
    private int newTokens;

    @Mixin private WeightOptions weights = new WeightOptions();

    @Mixin private CacheOptions cache = new CacheOptions();

    @Override
    Job open(Backend backend, ExecutionOptions execution) throws IOException {
        Model gpt = cache.model(weights.model(new Model(config())));
        StoredModel stored = stored();
        return GenerationJob.<IOException>open(
                backend,
                gpt,
                session -> {
                    if (stored != null) {
                        stored.load(gpt, session);
                    } else {
                        gpt.initialize(session, SEED);
                    }
                },
                streams,
                promptTokens,
                newTokens,
                execution);
    }

    @Override
    void describe(Screen screen) throws IOException {
        screen.line(screen.bold("TornadoGPT") + " measures generation");
        screen.line("");
        describe(screen, config());
        screen.entry(
                "text",
                "%d tokens after a prompt of %d%s",
                newTokens,
                promptTokens,
                streams == 1 ? "" : ", %d texts side by side".formatted(streams));
        if (weights.rounded()) {
            screen.entry("weights", "%s", weights.type());
        }
        if (cache.type() != DType.F32) {
            screen.entry("cache", "%s", cache.type());
        }
    }

    @Override
    Map<String, Object> settings() throws IOException {
        Settings all = new RunSettings(config(), TrainConfig.defaults(), true).flat();
        var map = flat(all);
        map.keySet().removeIf(key -> !key.startsWith("model."));
        map.put("streams", streams);
        map.put("promptTokens", promptTokens);
        map.put("newTokens", newTokens);
        map.put("weights", weights.type());
        map.put("cache", cache.type());
        return map;
    }

    @Override
    int most() {
        return Integer.MAX_VALUE;
    }

    private @Nullable StoredModel stored() throws IOException {
        return directory == null ? null : ModelArgument.open(directory).stored();
    }

    private ModelConfig config() throws IOException {
        StoredModel stored = stored();
        return stored != null
                ? stored.config()
                : model.resolve(RunSettings.of(Preset.DEFAULT)).model();
    }
}
