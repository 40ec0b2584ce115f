package io.tornadogpt.sampler;

import java.util.HashSet;
import java.util.Set;

/// What to generate.
///
/// @param sampling how tokens are chosen
/// @param maxNewTokens the longest result, prompt not counted; 1 or more
/// @param seed of the random draws; equal seeds give equal results
/// @param firstSequence number of the first prompt for the random draws: prompts 0 to 3, then
///   prompts 4 to 7 with 4 here, give what prompts 0 to 7 give
/// @param endTokens tokens that end a sequence, such as GPT-2's `<|endoftext|>`
public record GenerationOptions(
        SamplingChain sampling,
        int maxNewTokens,
        long seed,
        int firstSequence,
        Set<Integer> endTokens) {
    public GenerationOptions {
        if (maxNewTokens < 1) {
            throw new IllegalArgumentException(
                    "max new tokens is " + maxNewTokens + "; expected 1 or more");
        }
        if (firstSequence < 0) {
            throw new IllegalArgumentException(
                    "first sequence is " + firstSequence + "; expected 0 or more");
        }
        endTokens = Set.copyOf(endTokens);
    }

    /// The usual options; sequences end at `maxNewTokens` only, unless the text layer knows an
    /// end-of-text token.
    public GenerationOptions(SamplingOptions sampling, int maxNewTokens, long seed) {
        this(sampling.chain(), maxNewTokens, seed, 0, Set.of());
    }

    public GenerationOptions withSampling(SamplingChain value) {
        return new GenerationOptions(value, maxNewTokens, seed, firstSequence, endTokens);
    }

    public GenerationOptions withMaxNewTokens(int value) {
        return new GenerationOptions(sampling, value, seed, firstSequence, endTokens);
    }

    public GenerationOptions withSeed(long value) {
        return new GenerationOptions(sampling, maxNewTokens, value, firstSequence, endTokens);
    }

    public GenerationOptions withFirstSequence(int value) {
        return new GenerationOptions(sampling, maxNewTokens, seed, value, endTokens);
    }

    public GenerationOptions withEndTokens(Set<Integer> value) {
        return new GenerationOptions(sampling, maxNewTokens, seed, firstSequence, value);
    }

    /// The same, with these end tokens beside those there are.
    public GenerationOptions withMoreEndTokens(Set<Integer> more) {
        var all = new HashSet<>(endTokens);
        all.addAll(more);
        return withEndTokens(all);
    }
}
