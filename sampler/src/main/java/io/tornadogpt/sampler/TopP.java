package io.tornadogpt.sampler;

/// Keeps the nucleus: the fewest most likely tokens whose probabilities sum up to p (Holtzman et
/// al., "The Curious Case of Neural Text Degeneration", 2019). One token always stays, so that p =
/// 0 is greedy decoding.
///
/// @param p from 0 to 1; 1 keeps everything
public record TopP(double p) implements SamplingStep {
    public TopP {
        if (!(p >= 0 && p <= 1)) {
            throw new IllegalArgumentException(
                    "top-p is " + p + "; expected a share of the probability from 0 to 1 (off)");
        }
    }

    @Override
    public void apply(Candidates candidates, TokenHistory history) {
        if (p < 1) {
            candidates.retainMass(p);
        }
    }
}
