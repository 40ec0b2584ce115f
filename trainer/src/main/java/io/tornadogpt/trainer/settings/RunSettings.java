package io.tornadogpt.trainer.settings;

import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.family.Task;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A run's model and training as they are put together: a preset or an earlier run's settings, then
/// a file, then single settings. Two of them follow others unless they are set themselves: the
/// vocabulary follows the data, and `train.blockSize` follows `model.blockSize`.
///
/// A model of GPT-2's or GPT-Neo's family is described by the settings of [GptConfig], `model.*`.
/// One of another family is as its `config.json` says; of it only `model.vocabSize` and
/// `model.blockSize` stand among the settings, and only the first may be set.
///
/// @param model with the base's vocabulary if no other was set
/// @param train how to train
/// @param vocabularyGiven whether a file or setting gave the size of the vocabulary
public record RunSettings(ModelConfig model, TrainConfig train, boolean vocabularyGiven) {
    private static final String MODEL = "model";
    private static final String VOCABULARY = "model.vocabSize";
    private static final String MODEL_BLOCK = "model.blockSize";
    private static final String TRAIN_BLOCK = "train.blockSize";

    private static final int LONGEST = 4096;

    /// Marks a size that was not set; no size is negative.
    private static final String UNSAID = "-2147483648";

    /// What can be told of a model of another family in settings.
    ///
    /// @param family the `model_type` of its configuration
    /// @param vocabSize tokens
    /// @param blockSize the longest sequence
    public record OtherModel(String family, int vocabSize, int blockSize) {}

    /// The settings of a preset.
    public static RunSettings of(Preset preset) {
        return new RunSettings(preset.model(), preset.train(), false);
    }

    /// The settings that a run was trained with.
    ///
    /// @param model file of the run's model configuration; runs of the first versions have none,
    ///   and all of their model stands among the settings
    /// @param settings file of all settings
    public static RunSettings read(Path model, Path settings) throws IOException {
        RunSettings base = of(Preset.DEFAULT);
        if (Files.exists(model)) {
            base = new RunSettings(ModelConfig.read(model), base.train, true);
        }
        Settings said = base.flat().read(settings);
        TrainConfig train = said.record(TrainConfig.GROUP, TrainConfig.class);
        return new RunSettings(base.model(said), train, true);
    }

    /// The same training of another model, whose vocabulary stays as it is; blocks are no longer
    /// than that model's, and what is predicted is what it can learn.
    public RunSettings withModel(ModelConfig other) {
        int block = Math.min(train.blockSize(), other.context());
        boolean causal = other.architecture().attention().causal();
        TrainConfig fitted =
                train.with("blockSize=" + block, "objective=" + (causal ? "clm" : "mlm"));
        return new RunSettings(other, fitted, true);
    }

    /// The same with a model that has a head for something else.
    public RunSettings withHead(Task head) {
        return new RunSettings(model.with(head), train, vocabularyGiven);
    }

    /// How to go on training a model: with its own settings, and steps that do not tear down what
    /// it has learned.
    public RunSettings continuing(ModelConfig other) {
        RunSettings same = withModel(other);
        return new RunSettings(
                other, same.train.with("learningRate=1e-4", "minLearningRate=1e-5"), true);
    }

    /// Checks that a model that exists is still the same: only its dropout may be chosen.
    ///
    /// @throws IllegalArgumentException naming the setting that differs
    public void requireModel(ModelConfig stored) {
        Settings theirs = modelSettings(stored.withDropout(model.architecture().dropout()));
        Settings ours = modelSettings(model);
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
            said = said.with(VOCABULARY, Integer.toString(model.vocabulary()));
        }
        if (!isSaid(said, TRAIN_BLOCK)) {
            String follows =
                    isSaid(said, MODEL_BLOCK)
                            ? said.value(MODEL_BLOCK).toString()
                            : Integer.toString(train.blockSize());
            said = said.with(TRAIN_BLOCK, follows);
        }
        if (!isSaid(said, MODEL_BLOCK)) {
            said = said.with(MODEL_BLOCK, Integer.toString(model.context()));
        }
        return new RunSettings(
                model(said),
                said.record(TrainConfig.GROUP, TrainConfig.class),
                vocabularyGiven || vocabularySaid);
    }

    /// The model that settings describe; what they do not speak of is as it was.
    private ModelConfig model(Settings said) {
        if (GptConfig.of(model).isPresent()) {
            ModelConfig described = said.record(MODEL, GptConfig.class).model();
            return described.with(model.task()).withRemarksOf(model);
        }
        var other = said.record(MODEL, OtherModel.class);
        String family = model.family().modelType();
        if (!other.family.equals(family) || other.blockSize != model.context()) {
            throw new IllegalArgumentException(
                    "model.family is %s and model.blockSize %d, but the configuration of the model says %s and %d; change them there"
                            .formatted(other.family, other.blockSize, family, model.context()));
        }
        return model.withVocabulary(other.vocabSize);
    }

    /// The model as a session of this run has it: one that could read very far has tables and
    /// caches for [#LONGEST] positions, or as many as it is trained on.
    public Model sessionModel() {
        int positions = Math.min(model.context(), Math.max(LONGEST, train.blockSize()));
        return new Model(model).withContext(positions);
    }

    /// With the vocabulary that the data needs, unless another was asked for.
    public RunSettings forVocabulary(int size) {
        return vocabularyGiven
                ? this
                : new RunSettings(model.withVocabulary(size), train, vocabularyGiven);
    }

    /// All of it as flat keys.
    public Settings flat() {
        return modelSettings(model).and(TrainConfig.GROUP, train);
    }

    private static Settings modelSettings(ModelConfig model) {
        return Settings.of(
                MODEL,
                GptConfig.of(model)
                        .map(config -> (Record) config)
                        .orElseGet(
                                () ->
                                        new OtherModel(
                                                model.family().modelType(),
                                                model.vocabulary(),
                                                model.context())));
    }

    private static boolean isSaid(Settings settings, String key) {
        return !settings.value(key).toString().equals(UNSAID);
    }
}
