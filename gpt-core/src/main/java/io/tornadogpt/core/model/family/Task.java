package io.tornadogpt.core.model.family;

import java.util.List;
import java.util.stream.IntStream;

/// What a model has a head for.
public sealed interface Task {
    /// Tokens: the next one, or a masked one.
    record Tokens() implements Task {}

    /// Hidden states, no head.
    record HiddenStates() implements Task {}

    /// Labels of a whole sequence.
    ///
    /// @param names of the labels, at least one; their places are their numbers
    /// @param pooling of which hidden state
    record Labels(List<String> names, Pooling pooling) implements Task {
        public Labels {
            names = List.copyOf(names);
            if (names.isEmpty()) {
                throw new IllegalArgumentException("a classifier of 0 labels; expected at least 1");
            }
        }

        /// Labels without names of their own: `LABEL_0` and so on, as `transformers` calls them.
        public Labels(int labels, Pooling pooling) {
            this(unnamed(labels), pooling);
        }

        private static List<String> unnamed(int labels) {
            return IntStream.range(0, labels).mapToObj(label -> "LABEL_" + label).toList();
        }

        /// How many labels there are.
        public int labels() {
            return names.size();
        }
    }

    /// Whether weights of a model for one task are those of a model for the other: names do not
    /// count.
    default boolean hasHeadOf(Task other) {
        return this instanceof Labels own && other instanceof Labels its
                ? own.labels() == its.labels() && own.pooling == its.pooling
                : equals(other);
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
