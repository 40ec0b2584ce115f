package io.tornadogpt.trainer;

import io.tornadogpt.core.model.GptConfig;

/// Floating-point operations of the matrix products of a model, by which speeds are compared; what
/// else is computed is small beside them.
///
/// A product of a row with an m x n matrix takes 2 m n. Attention is counted over the whole block,
/// masked positions too, and a backward pass as two forward passes: the convention of "PaLM:
/// Scaling Language Modeling with Pathways" (Chowdhery et al. 2022, appendix B), which nanoGPT uses
/// too. Table look-ups count nothing.
///
/// @param config the model
/// @param positions T, tokens of a sequence
public record ModelFlops(GptConfig config, int positions) {
    /// Weights of a block's matrices by channels squared: 3 for query, key and value, 1 for the
    /// projection, 4 each for the two layers of the MLP.
    private static final long BLOCK_MATRICES = 12;

    /// Operations to predict one token.
    public long forward() {
        long channels = config.nEmbd();
        long blocks = config.nLayer() * BLOCK_MATRICES * channels * channels;
        long head = channels * config.vocabSize();
        long attention = 2L * config.nLayer() * channels * positions;
        return 2 * (blocks + head + attention);
    }

    /// Operations to train on one token: forward and backward.
    public long training() {
        return 3 * forward();
    }
}
