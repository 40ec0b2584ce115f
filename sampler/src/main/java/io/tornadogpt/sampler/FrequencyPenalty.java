package io.tornadogpt.sampler;

/// Lowers the logit of a token by the penalty times the number of its occurrences in the generated
/// part of the sequence (OpenAI's `frequency_penalty`). The prompt does not count.
///
/// @param penalty 0 for none, negative in favour of repetition
public record FrequencyPenalty(double penalty) implements SamplingStep {
    public FrequencyPenalty {
        if (!Double.isFinite(penalty)) {
            throw new IllegalArgumentException(
                    "frequency penalty is " + penalty + "; expected 0 (off) or a finite number");
        }
    }

    @Override
    public void apply(Candidates candidates, TokenHistory history) {
        if (penalty != 0) {
            candidates.replaceLogits(
                    (token, logit) -> (float) (logit - penalty * history.timesGenerated(token)));
        }
    }
}
