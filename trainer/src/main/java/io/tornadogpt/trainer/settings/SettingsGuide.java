package io.tornadogpt.trainer.settings;

import io.tornadogpt.core.model.GptConfig;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What every setting of a run means, for people who look for one.
public final class SettingsGuide {
    /// @param range the values that are accepted, in words
    private record Meaning(String range, String text) {}

    /// A setting as it is shown.
    ///
    /// @param key with its group, such as `train.steps`
    /// @param type of its value
    /// @param standard the value in the preset that is used where none is named
    /// @param range the values that are accepted, in words
    /// @param meaning what it does
    public record Entry(String key, String type, String standard, String range, String meaning) {}

    private static final String COUNT = "1 or more";
    private static final String INTERVAL = "0 (never) or more";

    private static final Map<String, Meaning> MODEL =
            Map.ofEntries(
                    meaning("nLayer", "1 to 1024", "transformer blocks"),
                    meaning("nHead", "1 or more; divides nEmbd", "attention heads of a block"),
                    meaning("nEmbd", COUNT, "channels: the width of the model"),
                    meaning("blockSize", COUNT, "the longest sequence that the model can see"),
                    meaning(
                            "vocabSize",
                            "1 or more; at least the tokenizer's",
                            "tokens that the model knows; where it is not set, it follows the"
                                    + " data"),
                    meaning("bias", "", "whether linear layers and layer norms have biases"),
                    meaning(
                            "dropout",
                            "0 to less than 1",
                            "probability of dropout in training, for embedding, attention and"
                                    + " residual branches"),
                    meaning(
                            "tiedHead",
                            "",
                            "whether the output head is the token embedding, as in GPT-2"),
                    meaning(
                            "activation",
                            "",
                            "the activation function of the MLP; GPT-2's is gelu_tanh"),
                    meaning(
                            "layerNormEpsilon",
                            "more than 0, less than 1",
                            "added to the variance in layer norms"),
                    meaning(
                            "family",
                            "",
                            "gpt_neo: scores of attention are not scaled, and layers may have"
                                    + " windows"),
                    meaning(
                            "windows",
                            "numbers with commas between them, repeated over the layers",
                            "how many positions each layer's attention sees, 0 for all; other"
                                    + " values than 0 need the family gpt_neo"));

    private static final Map<String, Meaning> TRAIN =
            Map.ofEntries(
                    meaning("batchSize", COUNT, "sequences in a micro-batch"),
                    meaning("blockSize", "1 to model.blockSize", "tokens in a sequence"),
                    meaning("steps", COUNT, "updates of the weights in the whole run"),
                    meaning("learningRate", "more than 0", "the highest learning rate"),
                    meaning(
                            "minLearningRate",
                            "0 to train.learningRate",
                            "the learning rate that the schedule ends with"),
                    meaning(
                            "schedule",
                            "",
                            "how the learning rate falls from its highest value to"
                                    + " minLearningRate"),
                    meaning(
                            "warmupSteps",
                            "0 or more",
                            "steps in which the learning rate rises from 0 to its highest value"),
                    meaning("weightDecay", "0 or more", "AdamW's weight decay; of matrices only"),
                    meaning("beta1", "0 to less than 1", "AdamW's decay of the mean of gradients"),
                    meaning(
                            "beta2",
                            "0 to less than 1",
                            "AdamW's decay of the mean of squared gradients"),
                    meaning("epsilon", "more than 0", "added to AdamW's denominator"),
                    meaning(
                            "gradClip",
                            "0 (never) or more",
                            "gradients whose norm is larger are scaled down to this norm"),
                    meaning(
                            "gradAccumulation",
                            COUNT,
                            "micro-batches whose gradients are added up for one step; when a run"
                                    + " of several processes begins, those of each process, and"
                                    + " then those of all"),
                    meaning("evalInterval", INTERVAL, "steps between evaluations"),
                    meaning(
                            "evalBatches",
                            "0 (the whole validation part) or more",
                            "micro-batches that an evaluation takes"),
                    meaning("checkpointInterval", INTERVAL, "steps between checkpoints"),
                    meaning(
                            "keepCheckpoints",
                            COUNT,
                            "checkpoints that are kept; older ones are deleted"),
                    meaning("sampleInterval", INTERVAL, "steps between samples of text"),
                    meaning(
                            "gradientCheckpointing",
                            "",
                            "whether activations are computed again for the gradients instead of"
                                    + " being kept: less memory, about a fifth more time, the same"
                                    + " results"),
                    meaning(
                            "lossSpikeSkip",
                            "0 (never) or more",
                            "a step is skipped whose loss is more than so many standard deviations"
                                    + " above the mean of the steps before"),
                    meaning(
                            "gradNormAlarm",
                            "0 (never) or more",
                            "a warning is printed when the norm of the gradients is more than so"
                                    + " many times its mean"),
                    meaning(
                            "objective",
                            "",
                            "what is predicted: clm, the next token, or mlm, tokens that are"
                                    + " masked, by an encoder"),
                    meaning(
                            "treeReduction",
                            "",
                            "whether the gradients of micro-batches are added up by a binary tree,"
                                    + " which gives the same bits for any number of processes; runs"
                                    + " of several processes set it"),
                    meaning(
                            "mup",
                            "0 (without it) or more; model.mup is understood too",
                            "the base width of the maximal update parametrization: with it a"
                                    + " learning rate that is right for a model of this width is"
                                    + " right for wider ones"),
                    meaning(
                            "mupHeadSize",
                            "0 (as many heads as the model has) or more",
                            "size of a head at the base width"),
                    meaning(
                            "evalTasks",
                            "names with commas between them; empty for none",
                            "tasks that the model is asked at the end, and every evalTasksInterval"
                                    + " steps: hellaswag, blimp_PARADIGM, FILE.json"),
                    meaning(
                            "evalTasksInterval",
                            "0 (at the end only) or more",
                            "steps between them"),
                    meaning("evalTasksLimit", "0 (all) or more", "items of each task"),
                    meaning("evalTasksData", "a folder", "where the tasks' files are"),
                    meaning(
                            "frozen",
                            "a regular expression; empty for none",
                            "weights that are not trained: those whose names it is found in, as"
                                    + " in h\\.[0-5]\\.|wte|wpe"));

    private static final Map<String, Meaning> LORA =
            Map.ofEntries(
                    meaning(
                            "rank",
                            "0 (no adapter) or more",
                            "rank of a low-rank adapter, which is trained instead of the model"),
                    meaning(
                            "alpha",
                            "any number; 0 for the rank",
                            "the adapter's product is multiplied by alpha / rank"),
                    meaning("dropout", "0 to less than 1", "probability of dropout before it"),
                    meaning(
                            "targets",
                            "ends of names with commas between them, all-linear, or a regular"
                                    + " expression; empty for the family's usual ones",
                            "the linear layers that get an adapter, as in q_proj,v_proj"),
                    meaning(
                            "rslora",
                            "",
                            "whether the product is multiplied by alpha / sqrt(rank) instead"));

    private SettingsGuide() {}

    private static Map.Entry<String, Meaning> meaning(String key, String range, String text) {
        return Map.entry(key, new Meaning(range, text));
    }

    /// Every setting, in the order in which runs show them.
    public static List<Entry> entries() {
        return Stream.concat(
                        entries(RunSettings.MODEL, model(), MODEL),
                        Stream.concat(
                                entries(TrainConfig.GROUP, Preset.DEFAULT.train(), TRAIN),
                                entries(LoraSettings.GROUP, LoraSettings.NONE, LORA)))
                .toList();
    }

    private static GptConfig model() {
        return GptConfig.of(Preset.DEFAULT.model()).orElseThrow();
    }

    private static Stream<Entry> entries(
            String group, Record standard, Map<String, Meaning> meanings) {
        return Stream.of(standard.getClass().getRecordComponents())
                .map(
                        component -> {
                            Meaning meaning = meanings.get(component.getName());
                            if (meaning == null) {
                                throw new IllegalStateException(component + " is not explained");
                            }
                            String key = group + "." + component.getName();
                            Object value = Settings.of(group, standard).value(key);
                            return new Entry(
                                    key,
                                    type(component.getType()),
                                    shown(value),
                                    range(component.getType(), meaning.range),
                                    meaning.text);
                        });
    }

    private static String type(Class<?> type) {
        return switch (type.getSimpleName()) {
            case "int", "long" -> "whole number";
            case "double" -> "number";
            case "boolean" -> "true or false";
            case "String" -> "text";
            default -> "name";
        };
    }

    private static String range(Class<?> type, String said) {
        if (type == boolean.class) {
            return "true, false";
        }
        return type.isEnum()
                ? Stream.of(type.getEnumConstants())
                        .map(SettingsGuide::shown)
                        .collect(Collectors.joining(", "))
                : said;
    }

    private static String shown(Object value) {
        String text = value.toString().toLowerCase(Locale.ROOT);
        return text.isEmpty() ? "(empty)" : text.replace(".0e", "e");
    }
}
