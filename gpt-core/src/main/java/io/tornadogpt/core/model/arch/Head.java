package io.tornadogpt.core.model.arch;

import io.tornadogpt.core.op.Activation.Function;

import org.jspecify.annotations.Nullable;

/// How the last hidden states become logits: of tokens, or, pooled, of labels.
///
/// @param transform what comes before the product with the head's weight; null for nothing
/// @param bias whether logits have one
/// @param logitCap keeps logits between `-cap` and `cap`; 0 for no cap
/// @param labels what comes before logits of labels
public record Head(
        @Nullable Transform transform, boolean bias, double logitCap, Labels labels) {
    /// The product with the head's weight and nothing else.
    public static final Head PLAIN = new Head(null, false, 0);

    public Head {
        Check.notNegative("cap of logits", logitCap);
        if (labels.layer() == Layer.TRANSFORM && transform == null) {
            throw new IllegalArgumentException(
                    "labels share the transform of the head for tokens, but it has none");
        }
    }

    /// Labels that need nothing between the pooled state and their logits.
    public Head(@Nullable Transform transform, boolean bias, double logitCap) {
        this(transform, bias, logitCap, Labels.PLAIN);
    }

    /// A linear layer, an activation and a norm: the head for masked tokens of BERT and those after
    /// it.
    ///
    /// @param bias whether the linear layer has one
    public record Transform(Function activation, boolean bias) {}

    /// Which layer stands between a pooled hidden state and the logits of labels.
    public enum Layer {
        NONE,
        /// A linear layer and an activation that the model without a head has as well: BERT.
        POOLER,
        /// A linear layer and an activation: DistilBERT, RoBERTa.
        OWN,
        /// The [Transform] of the head for tokens: ModernBERT.
        TRANSFORM
    }

    /// From a pooled hidden state to logits of labels.
    ///
    /// @param layer what comes first
    /// @param activation of that layer, and of the pooler
    /// @param pooler whether the model without a head ends with a linear layer and an activation of
    ///   the first hidden state, which is part of its files
    /// @param bias whether logits have one
    public record Labels(Layer layer, Function activation, boolean pooler, boolean bias) {
        /// The product with the weight of the labels and nothing else.
        public static final Labels PLAIN = new Labels(Layer.NONE, Function.TANH, false, false);

        public Labels {
            if (layer == Layer.POOLER && !pooler) {
                throw new IllegalArgumentException(
                        "labels are made from what a pooler made, but there is none");
            }
        }
    }
}
