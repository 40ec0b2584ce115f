package io.tornadogpt.trainer.settings;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.family.Task;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
/// @param groups further settings by the name of their group, such as those of a task; those of an
///   adapter are always there
public record RunSettings(
        ModelConfig model, TrainConfig train, boolean vocabularyGiven, Map<String, Record> groups) {
    static final String MODEL = "model";
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

    public RunSettings {
        var all = new LinkedHashMap<String, Record>();
        all.put(LoraSettings.GROUP, LoraSettings.NONE);
        all.putAll(groups);
        groups = Collections.unmodifiableMap(all);
    }

    /// Settings of a model and its training alone.
    public RunSettings(ModelConfig model, TrainConfig train, boolean vocabularyGiven) {
        this(model, train, vocabularyGiven, Map.of());
    }

    /// With a further group of settings, or in place of what it was.
    ///
    /// @param group the keys are `group.NAME`, of the record's components
    public RunSettings with(String group, Record settings) {
        var more = new LinkedHashMap<>(groups);
        more.put(group, settings);
        return new RunSettings(model, train, vocabularyGiven, more);
    }

    /// With another way to train.
    public RunSettings with(TrainConfig other) {
        return new RunSettings(model, other, vocabularyGiven, groups);
    }

    /// The same with a model that computes the same and says more beside it.
    public RunSettings describedAs(ModelConfig described) {
        return new RunSettings(described, train, vocabularyGiven, groups);
    }

    /// A further group of settings.
    ///
    /// @throws IllegalArgumentException where there is none of that name and type
    public <R extends Record> R group(String group, Class<R> type) {
        Record settings = groups.get(group);
        if (!type.isInstance(settings)) {
            throw new IllegalArgumentException(
                    "there are no settings %s.*; there are %s".formatted(group, groups.keySet()));
        }
        return type.cast(settings);
    }

    /// The settings of a preset.
    public static RunSettings of(Preset preset) {
        return new RunSettings(preset.model(), preset.train(), false);
    }

    /// The settings that a run was trained with.
    ///
    /// @param model file of the run's model configuration; runs of the first versions have none,
    ///   and all of their model stands among the settings
    /// @param settings file of all settings
    /// @param groups that the file has beside the model and its training, with any values
    public static RunSettings read(Path model, Path settings, Map<String, Record> groups)
            throws IOException {
        RunSettings base = of(Preset.DEFAULT);
        ModelConfig config = Files.exists(model) ? ModelConfig.read(model) : base.model;
        base = new RunSettings(config, base.train, true, groups);
        return base.said(base.flat().read(settings), true);
    }

    /// All of it as settings say that have every key.
    private RunSettings said(Settings said, boolean vocabulary) {
        var more = new LinkedHashMap<String, Record>();
        groups.forEach((group, record) -> more.put(group, said.record(group, record.getClass())));
        return new RunSettings(
                model(said), said.record(TrainConfig.GROUP, TrainConfig.class), vocabulary, more);
    }

    /// The same training of another model, whose vocabulary stays as it is; blocks are no longer
    /// than that model's, and what is predicted is what it can learn.
    public RunSettings withModel(ModelConfig other) {
        int block = Math.min(train.blockSize(), other.context());
        boolean causal = other.architecture().attention().causal();
        TrainConfig fitted =
                train.with("blockSize=" + block, "objective=" + (causal ? "clm" : "mlm"));
        return new RunSettings(other, fitted, true, groups);
    }

    /// The same with a model that has a head for something else.
    public RunSettings withHead(Task head) {
        return new RunSettings(model.with(head), train, vocabularyGiven, groups);
    }

    /// How to go on training a model: with its own settings, and steps that do not tear down what
    /// it has learned.
    public RunSettings continuing(ModelConfig other) {
        RunSettings same = withModel(other);
        return new RunSettings(
                other, same.train.with("learningRate=1e-4", "minLearningRate=1e-5"), true, groups);
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
        return said(said, vocabularyGiven || vocabularySaid);
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
    ///
    /// @throws IllegalArgumentException where a target of the adapter is no layer of the model
    public Model sessionModel() {
        int positions = Math.min(model.context(), Math.max(LONGEST, train.blockSize()));
        Model plain = new Model(model).withContext(positions);
        Mup mup = Mup.of(train, model);
        if (mup != null && lora().asked()) {
            throw new IllegalArgumentException(
                    "model.mup is %d, but an adapter of a model is trained, whose weights are as they are; set model.mup=0 or lora.rank=0"
                            .formatted(train.mup()));
        }
        return lora().asked()
                ? plain.with(lora().config())
                : mup == null ? plain : mup.inSession(plain);
    }

    /// Gives a session the weights that a model starts with, by the parametrization that is asked
    /// for.
    ///
    /// @param own of [#sessionModel]
    public void initialize(Model own, Session session, long seed) {
        own.initialize(session, seed);
        Mup mup = Mup.of(train, model);
        if (mup != null) {
            mup.initialize(own, session);
        }
    }

    /// Whether an adapter is trained, and which.
    public LoraSettings lora() {
        return group(LoraSettings.GROUP, LoraSettings.class);
    }

    /// The same with a model whose vocabulary follows the data after all, unless it is set.
    public RunSettings withAnyVocabulary() {
        return new RunSettings(model, train, false, groups);
    }

    /// With the vocabulary that the data needs, unless another was asked for.
    public RunSettings forVocabulary(int size) {
        return vocabularyGiven
                ? this
                : new RunSettings(model.withVocabulary(size), train, vocabularyGiven, groups);
    }

    /// All of it as flat keys.
    public Settings flat() {
        Settings flat = modelSettings(model).and(TrainConfig.GROUP, train);
        for (Map.Entry<String, Record> group : groups.entrySet()) {
            flat = flat.and(group.getKey(), group.getValue());
        }
        return flat;
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
