package io.tornadogpt.sampler;

import java.util.List;

/// The usual options for choosing tokens. Each has a value that turns it off.
///
/// @param temperature see [Temperature]; 0 for greedy decoding, 1 for the model's distribution
/// @param topK see [TopK]; 0 for off
/// @param topP see [TopP]; 1 for off
/// @param minP see [MinP]; 0 for off
/// @param repetitionPenalty see [RepetitionPenalty]; 1 for off
/// @param frequencyPenalty see [FrequencyPenalty]; 0 for off
/// @param presencePenalty see [PresencePenalty]; 0 for off
public record SamplingOptions(
        double temperature,
        int topK,
        double topP,
        double minP,
        double repetitionPenalty,
        double frequencyPenalty,
        double presencePenalty) {
    /// The model's own distribution.
    public static final SamplingOptions UNCHANGED = new SamplingOptions(1, 0, 1, 0, 1, 0, 0);

    /// nanoGPT's choice: temperature 0.8, top-k 200.
    public static final SamplingOptions DEFAULT = UNCHANGED.withTemperature(0.8).withTopK(200);

    public SamplingOptions {
        steps(temperature, topK, topP, minP, repetitionPenalty, frequencyPenalty, presencePenalty);
    }

    /// The steps in the order of Hugging Face's `transformers`: penalties on what the model said,
    /// then temperature, top-k, top-p, min-p.
    public SamplingChain chain() {
        return new SamplingChain(
                steps(
                        temperature,
                        topK,
                        topP,
                        minP,
                        repetitionPenalty,
                        frequencyPenalty,
                        presencePenalty));
    }

    /// Every step checks its own value.
    private static List<SamplingStep> steps(
            double temperature,
            int topK,
            double topP,
            double minP,
            double repetitionPenalty,
            double frequencyPenalty,
            double presencePenalty) {
        return List.of(
                new RepetitionPenalty(repetitionPenalty),
                new FrequencyPenalty(frequencyPenalty),
                new PresencePenalty(presencePenalty),
                new Temperature(temperature),
                new TopK(topK),
                new TopP(topP),
                new MinP(minP));
    }

    public SamplingOptions withTemperature(double value) {
        return new SamplingOptions(
                value, topK, topP, minP, repetitionPenalty, frequencyPenalty, presencePenalty);
    }

    public SamplingOptions withTopK(int value) {
        return new SamplingOptions(
                temperature,
                value,
                topP,
                minP,
                repetitionPenalty,
                frequencyPenalty,
                presencePenalty);
    }

    public SamplingOptions withTopP(double value) {
        return new SamplingOptions(
                temperature,
                topK,
                value,
                minP,
                repetitionPenalty,
                frequencyPenalty,
                presencePenalty);
    }

    public SamplingOptions withMinP(double value) {
        return new SamplingOptions(
                temperature,
                topK,
                topP,
                value,
                repetitionPenalty,
                frequencyPenalty,
                presencePenalty);
    }

    public SamplingOptions withRepetitionPenalty(double value) {
        return new SamplingOptions(
                temperature, topK, topP, minP, value, frequencyPenalty, presencePenalty);
    }

    public SamplingOptions withFrequencyPenalty(double value) {
        return new SamplingOptions(
                temperature, topK, topP, minP, repetitionPenalty, value, presencePenalty);
    }

    public SamplingOptions withPresencePenalty(double value) {
        return new SamplingOptions(
                temperature, topK, topP, minP, repetitionPenalty, frequencyPenalty, value);
    }
}
