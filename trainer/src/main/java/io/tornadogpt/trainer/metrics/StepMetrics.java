package io.tornadogpt.trainer.metrics;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

import org.jspecify.annotations.Nullable;

/// One line of `metrics.jsonl`. Numbers are written as the shortest decimals that read back to the
/// same bits; those that JSON has no number for as `"NaN"` and `"Infinity"`.
///
/// @param step counts from 0 or 1, as the run does; each step has one line
/// @param loss mean over the step's tokens, in nats
/// @param lr learning rate of the step's update
/// @param gradNorm Euclidean norm of all gradients before clipping
/// @param tokensPerSecond trained tokens by wall time
/// @param mfu floating-point operations by those that the device could have done, 0 to 1; null
///   where that is not known
/// @param valLoss mean loss of the validation part; null where it was not measured at this step
/// @param skipped why the step changed no weights; null where it did
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StepMetrics(
        @JsonProperty(required = true) int step,
        @JsonProperty(required = true) double loss,
        @JsonProperty(required = true) double lr,
        @JsonProperty(required = true) double gradNorm,
        @JsonProperty(required = true) double tokensPerSecond,
        @Nullable Double mfu,
        @Nullable Double valLoss,
        @Nullable String skipped)
        implements StepEntry {
    /// A step that changed the weights.
    public StepMetrics(
            int step,
            double loss,
            double lr,
            double gradNorm,
            double tokensPerSecond,
            @Nullable Double mfu,
            @Nullable Double valLoss) {
        this(step, loss, lr, gradNorm, tokensPerSecond, mfu, valLoss, null);
    }

    /// The same step, validated.
    public StepMetrics withValLoss(@Nullable Double loss) {
        return new StepMetrics(step, this.loss, lr, gradNorm, tokensPerSecond, mfu, loss, skipped);
    }
}
