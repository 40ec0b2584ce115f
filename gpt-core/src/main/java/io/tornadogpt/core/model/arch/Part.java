package io.tornadogpt.core.model.arch;

/// A layer of a transformer that has parameters, by what it does. A family says what it is called
/// in files.
public enum Part {
    TOKEN_EMBEDDING,
    POSITION_EMBEDDING,
    TYPE_EMBEDDING,
    EMBEDDING_NORM,
    /// Before attention; behind its sum where norms stand after.
    ATTENTION_NORM,
    /// Queries, keys and values as one layer, in this order.
    QUERY_KEY_VALUE,
    QUERY,
    KEY,
    VALUE,
    QUERY_NORM,
    KEY_NORM,
    ATTENTION_OUTPUT,
    /// Of what attention adds, where norms stand before and after.
    ATTENTION_POST_NORM,
    /// Before the MLP; behind its sum where norms stand after.
    MLP_NORM,
    GATE,
    UP,
    DOWN,
    /// Of what the MLP adds, where norms stand before and after.
    MLP_POST_NORM,
    FINAL_NORM,
    /// Linear layer and norm before the head for masked tokens.
    HEAD_TRANSFORM,
    HEAD_NORM,
    /// From hidden states to logits of tokens.
    HEAD,
    /// From the first hidden state to what is classified: BERT.
    POOLER,
    /// The layer between what is pooled and the logits of labels, where they have one of their own.
    CLASSIFIER_TRANSFORM,
    /// From pooled hidden states to logits of labels.
    CLASSIFIER;

    /// Whether each block has its own.
    public boolean inBlock() {
        return switch (this) {
            case TOKEN_EMBEDDING,
                    POSITION_EMBEDDING,
                    TYPE_EMBEDDING,
                    EMBEDDING_NORM,
                    FINAL_NORM,
                    HEAD_TRANSFORM,
                    HEAD_NORM,
                    HEAD,
                    POOLER,
                    CLASSIFIER_TRANSFORM,
                    CLASSIFIER ->
                    false;
            case ATTENTION_NORM,
                    QUERY_KEY_VALUE,
                    QUERY,
                    KEY,
                    VALUE,
                    QUERY_NORM,
                    KEY_NORM,
                    ATTENTION_OUTPUT,
                    ATTENTION_POST_NORM,
                    MLP_NORM,
                    GATE,
                    UP,
                    DOWN,
                    MLP_POST_NORM ->
                    true;
        };
    }

    /// Whether it is part of a head, which programs of hidden states do without.
    public boolean inHead() {
        return switch (this) {
            case HEAD_TRANSFORM, HEAD_NORM, HEAD, POOLER, CLASSIFIER_TRANSFORM, CLASSIFIER -> true;
            default -> false;
        };
    }

    /// Whether it is a matrix that hidden states are multiplied with, and so can be adapted.
    public boolean linear() {
        return switch (this) {
            case QUERY_KEY_VALUE,
                    QUERY,
                    KEY,
                    VALUE,
                    ATTENTION_OUTPUT,
                    GATE,
                    UP,
                    DOWN,
                    HEAD_TRANSFORM,
                    HEAD,
                    POOLER,
                    CLASSIFIER_TRANSFORM,
                    CLASSIFIER ->
                    true;
            default -> false;
        };
    }
}
