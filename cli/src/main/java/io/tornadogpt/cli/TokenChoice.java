package io.tornadogpt.cli;

import io.tornadogpt.sampler.GenerationOptions;
import io.tornadogpt.sampler.SamplingOptions;

import picocli.CommandLine.Option;

/// Which of the likely tokens comes next, and how many come at most: what `sample` and `chat`
/// share.
final class TokenChoice {
    @Option(
            names = "--max-new-tokens",
            paramLabel = "N",
            defaultValue = "500",
            description = "The largest number of tokens to generate (default: ${DEFAULT-VALUE}).")
    private int maxNewTokens;

    @Option(
            names = "--temperature",
            paramLabel = "F",
            defaultValue = "0.8",
            description =
                    "0: always the likeliest token; 1: the model's own probabilities"
                            + " (default: ${DEFAULT-VALUE}).")
    private double temperature;

    @Option(
            names = "--top-k",
            paramLabel = "N",
            defaultValue = "200",
            description =
                    "Choose among the N likeliest tokens; 0: among all (default:"
                            + " ${DEFAULT-VALUE}).")
    private int topK;

    @Option(
            names = "--top-p",
            paramLabel = "F",
            defaultValue = "1",
            description =
                    "Choose among the likeliest tokens that together have this probability"
                            + " (default: ${DEFAULT-VALUE}).")
    private double topP;

    @Option(
            names = "--min-p",
            paramLabel = "F",
            defaultValue = "0",
            description =
                    "Leave out tokens with less than this share of the likeliest one's probability"
                            + " (default: ${DEFAULT-VALUE}).")
    private double minP;

    @Option(
            names = "--repetition-penalty",
            paramLabel = "F",
            defaultValue = "1",
            description =
                    "Values above 1 make tokens that already occur in the text less likely"
                            + " (default: ${DEFAULT-VALUE}).")
    private double repetitionPenalty;

    @Option(
            names = "--frequency-penalty",
            paramLabel = "F",
            defaultValue = "0",
            description =
                    "Lowers a token's logit by this much for each time it occurs in the text"
                            + " (default: ${DEFAULT-VALUE}).")
    private double frequencyPenalty;

    @Option(
            names = "--presence-penalty",
            paramLabel = "F",
            defaultValue = "0",
            description =
                    "Lowers a token's logit by this much if it occurs in the text (default:"
                            + " ${DEFAULT-VALUE}).")
    private double presencePenalty;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1337",
            description =
                    "The same seed and the same prompts give the same texts (default:"
                            + " ${DEFAULT-VALUE}).")
    private long seed;

    /// What the options ask for.
    ///
    /// @throws IllegalArgumentException where a value is out of range
    GenerationOptions options() {
        var sampling =
                new SamplingOptions(
                        temperature,
                        topK,
                        topP,
                        minP,
                        repetitionPenalty,
                        frequencyPenalty,
                        presencePenalty);
        return new GenerationOptions(sampling, maxNewTokens, seed);
    }
}
