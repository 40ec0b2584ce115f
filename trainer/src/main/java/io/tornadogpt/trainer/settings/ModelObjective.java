package io.tornadogpt.trainer.settings;

/// What a model learns to predict: `train.objective`.
public enum ModelObjective {
    /// The next token, by a model that sees those before it.
    CLM,
    /// Tokens that were masked, by a model that sees the whole text (Devlin et al., "BERT", 2019).
    MLM
}
