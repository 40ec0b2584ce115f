package io.tornadogpt.cli;

import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.family.ConfigDocument;
import io.tornadogpt.trainer.settings.Preset;
import io.tornadogpt.trainer.settings.RunSettings;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Which model, and how to train it.
final class ModelOptions {
    @Option(
            names = "--preset",
            paramLabel = "NAME",
            description = "A model and its training: ${COMPLETION-CANDIDATES}.",
            completionCandidates = PresetNames.class)
    private @Nullable String preset;

    @Option(
            names = "--model-config",
            paramLabel = "FILE",
            description =
                    "Describe the model by a config.json of Hugging Face's, of any family that is"
                            + " supported.")
    private @Nullable Path modelConfig;

    @Option(
            names = "--config",
            paramLabel = "FILE",
            description = "Settings from a JSON file, such as a run's settings.json.")
    private @Nullable Path config;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description =
                    "One setting, such as train.steps=500 or model.nLayer=6; may be repeated.")
    private List<String> set = new ArrayList<>();

    @Option(names = "--steps", paramLabel = "N", description = "Short for --set train.steps=N.")
    private @Nullable Integer steps;

    /// Names of presets for the help text.
    static final class PresetNames extends ArrayList<String> {
        private static final long serialVersionUID = 1;

        PresetNames() {
            Preset.all().forEach(preset -> add(preset.name()));
        }
    }

    /// The preset asked for, null for none.
    @Nullable Preset preset() {
        return preset == null ? null : Preset.named(preset);
    }

    /// Whether a file of settings was given.
    boolean hasConfig() {
        return config != null;
    }

    /// Whether a model's configuration was given.
    boolean hasModelConfig() {
        return modelConfig != null;
    }

    /// The value of `--steps`, null where it was not given.
    @Nullable Integer steps() {
        return steps;
    }

    /// The settings given one by one, as they were typed.
    List<String> assignments() {
        return List.copyOf(set);
    }

    /// All settings: those of the preset or else of a base, then what the other options say.
    RunSettings resolve(RunSettings base) throws IOException {
        return resolve(base, set);
    }

    /// As above, with other settings in place of those given one by one.
    RunSettings resolve(RunSettings base, List<String> instead) throws IOException {
        var assignments = new ArrayList<>(instead);
        if (steps != null) {
            assignments.add("train.steps=" + steps);
        }
        Preset named = preset();
        RunSettings settings = named == null ? base : RunSettings.of(named);
        if (modelConfig != null) {
            settings = settings.withModel(ModelConfig.read(modelConfig));
            if (!ConfigDocument.read(modelConfig).has("vocab_size")) {
                settings = settings.withAnyVocabulary();
            }
        }
        return settings.with(config, assignments);
    }
}
