package io.tornadogpt.sampler;

/// Keeps tokens at least p times as probable as the most probable one (Nguyen et al., "Turning Up
/// the Heat: Min-p Sampling for Creative and Coherent LLM Outputs", 2024).
///
/// @param p from 0 (keeps everything) to 1 (keeps the most probable token and those equal to it)
public record MinP(double p) implements SamplingStep {
    public MinP {
        if (!(p >= 0 && p <= 1)) {
            throw new IllegalArgumentException(
                    "min-p is "
                            + p
                            + "; expected a share of the largest probability from 0 (off) to 1");
        }
    }

    @Override
    public void apply(Candidates candidates, TokenHistory history) {
        if (p > 0) {
            double lowest = candidates.logit(candidates.mostLikely()) + Math.log(p);
            candidates.retain((token, logit) -> logit >= lowest);
        }
    }
}
