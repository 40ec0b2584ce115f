package io.tornadogpt.sampler;

/// Makes tokens that the sequence holds already, in the prompt or since, less likely: divides their
/// logit if it is positive, multiplies it if it is negative (Keskar et al., "CTRL: A Conditional
/// Transformer Language Model for Controllable Generation", 2019).
///
/// The step looks at the logits as the model made them, so it comes before [Temperature].
///
/// @param penalty 1 for none, above 1 against repetition, below 1 in favour of it
public record RepetitionPenalty(double penalty) implements SamplingStep {
    public RepetitionPenalty {
        if (!(penalty > 0 && penalty < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "repetition penalty is " + penalty + "; expected 1 (off) or a positive number");
        }
    }

    @Override
    public void apply(Candidates candidates, TokenHistory history) {
        if (penalty != 1) {
            candidates.replaceLogits(
                    (token, logit) -> history.contains(token) ? penalized(logit) : logit);
        }
    }

    private float penalized(float logit) {
        return (float) (logit > 0 ? logit / penalty : logit * penalty);
    }
}
