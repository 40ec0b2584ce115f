package io.tornadogpt.finetune;

import io.tornadogpt.core.files.BadFileException;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/// What a model is fine-tuned for.
public enum Goal {
    /// Answers to instructions.
    SFT,
    /// Labels of texts.
    CLASSIFY,
    /// Answers that people prefer.
    DPO,
    /// Answers that are rewarded.
    GRPO;

    /// The goal of that name, in lower case.
    ///
    /// @throws IllegalArgumentException where there is none, naming those there are
    public static Goal named(String name) {
        for (Goal goal : values()) {
            if (goal.toString().equals(name)) {
                return goal;
            }
        }
        throw new IllegalArgumentException(
                "there is no task %s; the tasks are %s"
                        .formatted(
                                BadFileException.quote(name),
                                Arrays.stream(values())
                                        .map(Goal::toString)
                                        .collect(Collectors.joining(", "))));
    }

    /// The usual peak of the learning rate where a whole model is trained: TRL's, and one of those
    /// in the BERT paper.
    double learningRate() {
        return switch (this) {
            case SFT -> 2e-5;
            case CLASSIFY -> 5e-5;
            case DPO, GRPO -> 1e-6;
        };
    }

    /// The name by which users choose it.
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
