package io.tornadogpt.core.model.arch;

import io.tornadogpt.core.op.Activation.Function;

import org.jspecify.annotations.Nullable;

/// How the last hidden states become logits of tokens.
///
/// @param transform what comes before the product with the head's weight; null for nothing
/// @param bias whether logits have one
/// @param logitCap keeps logits between `-cap` and `cap`; 0 for no cap
public record Head(@Nullable Transform transform, boolean bias, double logitCap) {
    /// The product with the head's weight and nothing else.
    public static final Head PLAIN = new Head(null, false, 0);

    public Head {
        Check.notNegative("cap of logits", logitCap);
    }

    /// A linear layer, an activation and a norm: the head for masked tokens of BERT and those after
    /// it.
    ///
    /// @param bias whether the linear layer has one
    public record Transform(Function activation, boolean bias) {}
}
