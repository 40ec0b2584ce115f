package io.tornadogpt.sampler;

/// Keeps the k most likely tokens (Fan et al., "Hierarchical Neural Story Generation", 2018).
/// Exactly k: of equally likely ones those with lower ids, so that k = 1 is greedy decoding.
///
/// @param k 0 for no limit; a k beyond the vocabulary keeps everything
public record TopK(int k) implements SamplingStep {
    public TopK {
        if (k < 0) {
            throw new IllegalArgumentException(
                    "top-k is " + k + "; expected 0 (no limit) or a number of tokens");
        }
    }

    @Override
    public void apply(Candidates candidates, TokenHistory history) {
        if (k > 0) {
            candidates.retainMostLikely(k);
        }
    }
}
