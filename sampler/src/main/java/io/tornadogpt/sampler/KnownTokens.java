package io.tornadogpt.sampler;

/// Keeps the tokens that a tokenizer knows: a model may have more logits than there are tokens, its
/// vocabulary rounded up.
///
/// @param count ids from 0 to one less
public record KnownTokens(int count) implements SamplingStep {
    @Override
    public void apply(Candidates candidates, TokenHistory history) {
        candidates.retain((token, logit) -> token < count);
    }
}
