package io.tornadogpt.trainer;

import io.tornadogpt.core.model.GptConfig;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// A run's model and training as they are put together: a preset or an earlier run's settings, then
/// a file, then single settings. Two of them follow others as long as nothing is said of them: the
/// vocabulary follows the data, and `train.blockSize` follows `model.blockSize`.
///
/// @param model with the base's vocabulary where nothing is said of it
/// @param train how to train
/// @param vocabularyGiven whether a file or setting says how large the vocabulary is
public record RunSettings(GptConfig model, TrainConfig train, boolean vocabularyGiven) {
    private static final String MODEL = "model";
    private static final String VOCABULARY = "model.vocabSize";
    private static final String MODEL_BLOCK = "model.blockSize";
    private static final String TRAIN_BLOCK = "train.blockSize";

    /// Stands for "nothing is said"; no size is negative.
    private static final String UNSAID = "-2147483648";

    /// The settings of a preset.
    public static RunSettings of(Preset preset) {
        return new RunSettings(preset.model(), preset.train(), false);
    }

    /// The settings of a run, from its directory.
    public static RunSettings of(RunDirectory run) throws IOException {
        Settings settings = of(Preset.DEFAULT).flat().read(run.settings());
        return new RunSettings(
                settings.record(MODEL, GptConfig.class),
                settings.record(TrainConfig.GROUP, TrainConfig.class),
                true);
    }

    /// The same training of another model, whose vocabulary stays as it is; blocks are no longer
    /// than that model's.
    public RunSettings withModel(GptConfig other) {
        int block = Math.min(train.blockSize(), other.blockSize());
        return new RunSettings(other, train.with("blockSize=" + block), true);
    }

    /// How to go on training a model: with its own settings, and steps that do not tear down what
    /// it has learned.
    public RunSettings continuing(GptConfig other) {
        RunSettings same = withModel(other);
        return new RunSettings(
                other, same.train.with("learningRate=1e-4", "minLearningRate=1e-5"), true);
    }

    /// Checks that a model that exists is still the same: only its dropout may be chosen.
    ///
    /// @throws IllegalArgumentException naming the setting that differs
    public void requireModel(GptConfig stored) {
        Settings theirs = Settings.of(MODEL, stored.withDropout(model.dropout()));
        Settings ours = Settings.of(MODEL, model);
        for (String key : ours.keys()) {
            if (!ours.value(key).equals(theirs.value(key))) {
                throw new IllegalArgumentException(
                        "%s is %s, but the model to start from has %s; of such a model only model.dropout can be set"
                                .formatted(key, ours.value(key), theirs.value(key)));
            }
        }
    }

    /// With what a file and single settings say.
    ///
    /// @param config a JSON file, null for none
    /// @param assignments such as `train.steps=500`; later ones count
    /// @throws IllegalArgumentException where a setting is unknown or out of range
    public RunSettings with(@Nullable Path config, List<String> assignments) throws IOException {
        Settings said = flat().with(VOCABULARY, UNSAID).with(MODEL_BLOCK, UNSAID);
        said = said.with(TRAIN_BLOCK, UNSAID);
        if (config != null) {
            said = said.read(config);
        }
        for (String assignment : assignments) {
            said = said.with(assignment);
        }
        boolean vocabularySaid = isSaid(said, VOCABULARY);
        if (!vocabularySaid) {
            said = said.with(VOCABULARY, Integer.toString(model.vocabSize()));
        }
        if (!isSaid(said, TRAIN_BLOCK)) {
            String follows =
                    isSaid(said, MODEL_BLOCK)
                            ? said.value(MODEL_BLOCK).toString()
                            : Integer.toString(train.blockSize());
            said = said.with(TRAIN_BLOCK, follows);
        }
        if (!isSaid(said, MODEL_BLOCK)) {
            said = said.with(MODEL_BLOCK, Integer.toString(model.blockSize()));
        }
        return new RunSettings(
                said.record(MODEL, GptConfig.class),
                said.record(TrainConfig.GROUP, TrainConfig.class),
                vocabularyGiven || vocabularySaid);
    }

    /// With the vocabulary that the data needs, unless another was asked for.
    public RunSettings forVocabulary(int size) {
        return vocabularyGiven
                ? this
                : new RunSettings(model.withVocabSize(size), train, vocabularyGiven);
    }

    /// All of it as flat keys.
    public Settings flat() {
        return Settings.of(MODEL, model).and(TrainConfig.GROUP, train);
    }

    private static boolean isSaid(Settings settings, String key) {
        return !settings.value(key).toString().equals(UNSAID);
    }
}
