package io.tornadogpt.trainer.settings;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.ModelConfig;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A model and a way to train it that belong together.
///
/// @param name by which users choose it
/// @param description one line
/// @param model its vocabulary is what the preset's usual text needs; the data at hand decides
/// @param train how it is trained
public record Preset(String name, String description, ModelConfig model, TrainConfig train) {
    private static final int GPT2_VOCABULARY = 50_257;
    private static final int SHAKESPEARE_CHARACTERS = 65;

    /// The preset that is used if none is named.
    public static final Preset DEFAULT =
            new Preset(
                    "java-cpu",
                    "a model of Java source text, about three minutes on two cores",
                    new GptConfig(4, 4, 128, 128, 1024, false, 0),
                    TrainConfig.defaults()
                            .with(
                                    "batchSize=16",
                                    "blockSize=128",
                                    "steps=1000",
                                    "learningRate=2e-3",
                                    "minLearningRate=1e-4"));

    private static final List<Preset> OWN =
            List.of(
                    DEFAULT,
                    new Preset(
                            "shakespeare-char-cpu",
                            "nanoGPT's character model for a CPU, about two minutes",
                            new GptConfig(4, 4, 128, 64, SHAKESPEARE_CHARACTERS, false, 0),
                            TrainConfig.defaults()),
                    new Preset(
                            "shakespeare-char",
                            "nanoGPT's character model for a GPU, 10.7 million parameters",
                            new GptConfig(6, 6, 384, 256, SHAKESPEARE_CHARACTERS, false, 0.2),
                            TrainConfig.defaults()
                                    .with(
                                            "batchSize=64",
                                            "blockSize=256",
                                            "steps=5000",
                                            "evalBatches=200")),
                    new Preset(
                            "gpt2",
                            "GPT-2's smallest model, 124 million parameters; made for the tokenizer"
                                    + " gpt2",
                            new GptConfig(12, 12, 768, 1024, GPT2_VOCABULARY, true, 0),
                            TrainConfig.defaults()
                                    .with(
                                            "batchSize=12",
                                            "blockSize=1024",
                                            "gradAccumulation=40",
                                            "steps=600000",
                                            "learningRate=6e-4",
                                            "minLearningRate=6e-5",
                                            "warmupSteps=2000",
                                            "beta2=0.95",
                                            "evalInterval=1000",
                                            "evalBatches=200",
                                            "checkpointInterval=1000",
                                            "sampleInterval=1000")),
                    new Preset(
                            "bert-cpu",
                            "a small encoder of Java source text that fills masks, about four"
                                    + " minutes on two cores",
                            SmallEncoder.MODEL,
                            TrainConfig.defaults()
                                    .with(
                                            "objective=mlm",
                                            "batchSize=16",
                                            "blockSize=128",
                                            "steps=2000",
                                            "learningRate=2e-3",
                                            "minLearningRate=1e-4",
                                            "sampleInterval=0")),
                    new Preset(
                            "tiny",
                            "a model for trying things out, seconds",
                            new GptConfig(2, 2, 32, 32, SHAKESPEARE_CHARACTERS, false, 0),
                            TrainConfig.defaults()
                                    .with(
                                            "batchSize=8",
                                            "blockSize=32",
                                            "steps=200",
                                            "learningRate=3e-3",
                                            "minLearningRate=3e-4",
                                            "warmupSteps=10",
                                            "evalInterval=50",
                                            "evalBatches=10",
                                            "checkpointInterval=100",
                                            "sampleInterval=100")));

    private static final List<Preset> ALL =
            Stream.concat(OWN.stream(), PublishedShapes.all().stream()).toList();

    /// A preset of a model of GPT-2's or GPT-Neo's family.
    public Preset(String name, String description, GptConfig model, TrainConfig train) {
        this(name, description, model.model(), train);
    }

    /// All presets, the default first.
    public static List<Preset> all() {
        return ALL;
    }

    /// The preset of that name.
    ///
    /// @throws IllegalArgumentException if there is none, naming those there are
    public static Preset named(String name) {
        return ALL.stream()
                .filter(preset -> preset.name.equals(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "there is no preset %s; the presets are %s"
                                                .formatted(
                                                        BadFileException.quote(name),
                                                        ALL.stream()
                                                                .map(Preset::name)
                                                                .collect(
                                                                        Collectors.joining(
                                                                                ", ")))));
    }
}
