package io.tornadogpt.sampler;

import java.util.Map;

/// Adds numbers to the logits of some tokens (OpenAI's `logit_bias`): a large one makes a token
/// certain, a very negative one impossible.
///
/// @param biases finite numbers by token id
public record LogitBias(Map<Integer, Double> biases) implements SamplingStep {
    public LogitBias {
        biases = Map.copyOf(biases);
        biases.forEach(
                (token, bias) -> {
                    if (!Double.isFinite(bias)) {
                        throw new IllegalArgumentException(
                                "the bias of token %d is %s; expected a finite number"
                                        .formatted(token, bias));
                    }
                });
    }

    @Override
    public void apply(Candidates candidates, TokenHistory history) {
        if (biases.isEmpty()) {
            return;
        }
        candidates.replaceLogits(
                (token, logit) -> {
                    Double bias = biases.get(token);
                    return bias == null ? logit : (float) (logit + bias);
                });
    }
}
