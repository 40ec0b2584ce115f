package io.tornadogpt.trainer.metrics;

import com.fasterxml.jackson.annotation.JsonProperty;

import java.util.Objects;

/// One line of `samples.jsonl`: a text that the model wrote while it was trained.
///
/// @param step updates done so far
/// @param prompt text that the model was given
/// @param text how it went on
/// @param seed of the draws
public record StepSample(
        @JsonProperty(required = true) int step,
        @JsonProperty(required = true) String prompt,
        @JsonProperty(required = true) String text,
        @JsonProperty(required = true) long seed)
        implements StepEntry {
    public StepSample {
        Objects.requireNonNull(prompt, "prompt");
        Objects.requireNonNull(text, "text");
    }
}
