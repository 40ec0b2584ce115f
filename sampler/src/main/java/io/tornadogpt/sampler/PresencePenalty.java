package io.tornadogpt.sampler;

/// Lowers the logit of every token that the generated part of the sequence holds, however often
/// (OpenAI's `presence_penalty`). The prompt does not count.
///
/// @param penalty 0 for none, negative in favour of repetition
public record PresencePenalty(double penalty) implements SamplingStep {
    public PresencePenalty {
        if (!Double.isFinite(penalty)) {
            throw new IllegalArgumentException(
                    "presence penalty is " + penalty + "; expected 0 (off) or a finite number");
        }
    }

    @Override
    public void apply(Candidates candidates, TokenHistory history) {
        if (penalty != 0) {
            candidates.replaceLogits(
                    (token, logit) ->
                            history.timesGenerated(token) > 0 ? (float) (logit - penalty) : logit);
        }
    }
}
