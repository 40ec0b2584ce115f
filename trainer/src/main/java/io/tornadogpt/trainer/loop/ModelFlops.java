package io.tornadogpt.trainer.loop;

import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.arch.Architecture;

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
public record ModelFlops(ModelConfig config, int positions) {
    /// Operations to predict one token.
    public long forward() {
        return 2 * (weights() + attention());
    }

    /// Weights that a token is multiplied with.
    private long weights() {
        Architecture architecture = config.architecture();
        long blocks =
                new Model(config)
                        .parameters().stream()
                                .filter(p -> p.part() != null && p.part().inBlock() && p.decays())
                                .mapToLong(p -> p.spec().elements())
                                .sum();
        return blocks + (long) architecture.width() * architecture.vocabulary();
    }

    private long attention() {
        Architecture architecture = config.architecture();
        return 2L * architecture.layers() * architecture.attention().width() * positions;
    }

    /// Operations to train on one token: forward and backward.
    public long training() {
        return 3 * forward();
    }

    /// Operations to train the adapter of a model on one token: its frozen weights have no
    /// gradients of their own.
    ///
    /// @param model without an adapter as [#training()]
    public long training(Model model) {
        if (model.adapter() == null) {
            return training();
        }
        long adapter = model.adapterParameters().stream().mapToLong(p -> p.spec().elements()).sum();
        return 2 * (2 * weights() + 3 * attention() + 3 * adapter);
    }
}
