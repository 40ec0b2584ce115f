package io.tornadogpt.core.model.arch;

/// Which norms a transformer has, and where.
///
/// @param kind of all of them
/// @param placement of those in a block
/// @param firstIsIdentity whether the first norm of the first block is left out, as in ModernBERT
/// @param onEmbedding whether the embedding is normalized before the first block
/// @param last whether the last block's result is normalized
public record Norms(
        Norm kind,
        Placement placement,
        boolean firstIsIdentity,
        boolean onEmbedding,
        boolean last) {
    /// Where a block's norms stand, f being attention or the MLP.
    public enum Placement {
        /// `x + f(norm(x))`: GPT-2, Llama.
        BEFORE,
        /// `norm(x + f(x))`: the first transformer (Vaswani et al., 2017), BERT.
        AFTER,
        /// `x + norm(f(norm(x)))`: Gemma 2.
        BOTH
    }

    public Norms {
        if (firstIsIdentity && placement != Placement.BEFORE) {
            throw new IllegalArgumentException(
                    "the first norm is left out, but norms stand "
                            + placement
                            + "; expected BEFORE");
        }
    }

    /// Before attention and MLP, and behind the last block.
    public static Norms before(Norm kind) {
        return new Norms(kind, Placement.BEFORE, false, false, true);
    }
}
