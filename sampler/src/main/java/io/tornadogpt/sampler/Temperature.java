package io.tornadogpt.sampler;

/// Divides logits by a temperature: below 1 likely tokens become more likely, above 1 less; 1
/// changes nothing. At 0, the limit, only the most likely token stays, of equal ones the one with
/// the lowest id: greedy decoding.
///
/// @param value 0 or more, finite
public record Temperature(double value) implements SamplingStep {
    public Temperature {
        if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "temperature is "
                            + value
                            + "; expected 0 (always the most likely token) or a positive number");
        }
    }

    @Override
    public void apply(Candidates candidates, TokenHistory history) {
        int best = candidates.mostLikely();
        int bestToken = candidates.token(best);
        float largest = candidates.logit(best);
        if (value == 0) {
            candidates.retain((token, logit) -> token == bestToken);
        } else if (value != 1) {
            // Distances from the largest logit: no temperature is too small to divide by.
            candidates.replaceLogits(
                    (token, logit) ->
                            logit == largest ? 0 : (float) (((double) logit - largest) / value));
        }
    }
}
