package io.tornadogpt.finetune;

import io.tornadogpt.core.files.BadFileException;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Settings for a task that belong together: a whole model, or an adapter of one. What a preset
/// does not say has its usual value. Immutable, so any thread may use one.
///
/// Where a whole model is trained the learning rate is the usual one of the goal, and ten times as
/// much for an adapter, as TRL's documentation has it; adapters are on all linear layers, as in
/// QLoRA (Dettmers et al., 2023).
///
/// @param name by which users choose it
/// @param goal what it trains for
/// @param description one line
/// @param settings such as `lora.rank=16`
public record FineTuningPreset(String name, Goal goal, String description, List<String> settings) {
    private static final List<String> ADAPTER =
            List.of("lora.rank=16", "lora.alpha=32", "lora.targets=all-linear");

    private static final List<FineTuningPreset> ALL =
            List.of(
                    new FineTuningPreset(
                            "sft",
                            Goal.SFT,
                            "a whole model learns answers to instructions",
                            "data.epochs=3",
                            "sft.loss=answers"),
                    new FineTuningPreset(
                            "sft-lora",
                            Goal.SFT,
                            "an adapter learns answers to instructions",
                            ADAPTER,
                            "data.epochs=3",
                            "sft.loss=answers",
                            "lora.dropout=0.05"),
                    new FineTuningPreset(
                            "classify",
                            Goal.CLASSIFY,
                            "a whole model and a new head learn labels, as in the BERT paper",
                            "data.epochs=3",
                            "classify.layers=full",
                            "train.weightDecay=0.01"),
                    new FineTuningPreset(
                            "classify-last-block",
                            Goal.CLASSIFY,
                            "the last block, the last norm and a new head, as in Raschka's book",
                            "data.epochs=5",
                            "classify.layers=last_block",
                            "train.weightDecay=0.1"),
                    new FineTuningPreset(
                            "classify-lora",
                            Goal.CLASSIFY,
                            "an adapter and a new head learn labels",
                            ADAPTER,
                            "data.epochs=3",
                            "lora.dropout=0.05"),
                    new FineTuningPreset(
                            "dpo",
                            Goal.DPO,
                            "a whole model learns which answers people prefer",
                            "data.epochs=1",
                            "dpo.beta=0.1"),
                    new FineTuningPreset(
                            "dpo-lora",
                            Goal.DPO,
                            "an adapter learns which answers people prefer",
                            ADAPTER,
                            "data.epochs=1",
                            "dpo.beta=0.1"),
                    new FineTuningPreset(
                            "grpo",
                            Goal.GRPO,
                            "a whole model learns from rewards of its own answers",
                            "data.epochs=1",
                            "grpo.groupSize=8"),
                    new FineTuningPreset(
                            "grpo-lora",
                            Goal.GRPO,
                            "an adapter learns from rewards of the model's own answers",
                            ADAPTER,
                            "data.epochs=1",
                            "grpo.groupSize=8"));

    public FineTuningPreset {
        settings = List.copyOf(settings);
    }

    private FineTuningPreset(String name, Goal goal, String description, String... settings) {
        this(name, goal, description, List.of(settings));
    }

    private FineTuningPreset(
            String name, Goal goal, String description, List<String> first, String... settings) {
        this(
                name,
                goal,
                description,
                Stream.concat(first.stream(), Arrays.stream(settings)).toList());
    }

    /// All presets, those of a task together.
    public static List<FineTuningPreset> all() {
        return ALL;
    }

    /// The preset of that name.
    ///
    /// @throws IllegalArgumentException if there is none, naming those there are
    public static FineTuningPreset named(String name) {
        return ALL.stream()
                .filter(preset -> preset.name.equals(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "there is no preset %s for fine-tuning; the presets are %s"
                                                .formatted(
                                                        BadFileException.quote(name),
                                                        ALL.stream()
                                                                .map(FineTuningPreset::name)
                                                                .collect(
                                                                        Collectors.joining(
                                                                                ", ")))));
    }
}
