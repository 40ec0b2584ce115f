package io.tornadogpt.trainer.metrics;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;

import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

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
/// @param tokens positions that the step computed, padding included; null where all steps compute
///   as many as the settings say
/// @param skipped why the step changed no weights; null where it did
/// @param metrics what the task counts beside the loss, by name; what was counted in validation has
///   names that begin with `eval_`
@JsonInclude(JsonInclude.Include.NON_NULL)
public record StepMetrics(
        @JsonProperty(required = true) int step,
        @JsonProperty(required = true) double loss,
        @JsonProperty(required = true) double lr,
        @JsonProperty(required = true) double gradNorm,
        @JsonProperty(required = true) double tokensPerSecond,
        @Nullable Double mfu,
        @Nullable Double valLoss,
        @Nullable Long tokens,
        @Nullable String skipped,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, Double> metrics)
        implements StepEntry {
    public StepMetrics {
        // A line that holds none, as of an older version, gives null.
        Map<String, Double> given = Objects.requireNonNullElse(metrics, Map.of());
        metrics = Collections.unmodifiableMap(new TreeMap<>(given));
    }

    /// A step that changed the weights, of a task that counts nothing beside the loss.
    public StepMetrics(
            int step,
            double loss,
            double lr,
            double gradNorm,
            double tokensPerSecond,
            @Nullable Double mfu,
            @Nullable Double valLoss) {
        this(step, loss, lr, gradNorm, tokensPerSecond, mfu, valLoss, null, null, Map.of());
    }

    /// The same step with more that was counted beside the loss.
    public StepMetrics counting(Map<String, Double> more) {
        var all = new TreeMap<>(metrics);
        all.putAll(more);
        return new StepMetrics(
                step, loss, lr, gradNorm, tokensPerSecond, mfu, valLoss, tokens, skipped, all);
    }

    /// The same step, validated.
    ///
    /// @param counted all that was counted beside the loss
    public StepMetrics validated(double loss, Map<String, Double> counted) {
        return new StepMetrics(
                step,
                this.loss,
                lr,
                gradNorm,
                tokensPerSecond,
                mfu,
                loss,
                tokens,
                skipped,
                counted);
    }
}
