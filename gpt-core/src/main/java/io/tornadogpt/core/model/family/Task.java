package io.tornadogpt.core.model.family;

/// What a model has been given a head for.
public sealed interface Task {
    /// Tokens: the next one, or a masked one.
    record Tokens() implements Task {}

    /// Hidden states, no head.
    record HiddenStates() implements Task {}

    /// Labels of a whole sequence.
    ///
    /// @param labels how many, at least 1
    /// @param pooling of which hidden state
    record Labels(int labels, Pooling pooling) implements Task {
        public Labels {
            if (labels < 1) {
                throw new IllegalArgumentException(
                        "a classifier of %d labels; expected at least 1".formatted(labels));
            }
        }
    }

    /// How the hidden states of a sequence become one.
    enum Pooling {
        /// The first one: BERT's CLS.
        FIRST,
        /// The last one that is no padding.
        LAST,
        /// The mean of all that are no padding.
        MEAN
    }
}
