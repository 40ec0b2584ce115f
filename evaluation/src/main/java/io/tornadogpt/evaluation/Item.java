package io.tornadogpt.evaluation;

import java.util.List;

/// One question of a task. Its kind says what a model is asked and which figures come of it.
///
/// Immutable.
public sealed interface Item {
    /// Which of several endings is the likeliest: `acc`, `acc_norm`, `acc_bytes`, `acc_token`.
    ///
    /// @param context what comes before, examples included; may be empty
    /// @param delimiter between context and ending; it does not count in an ending's length
    /// @param endings two or more
    /// @param gold the number of the right one
    record Choice(String context, String delimiter, List<String> endings, int gold)
            implements Item {
        public Choice {
            endings = List.copyOf(endings);
            if (endings.size() < 2) {
                throw new IllegalArgumentException(
                        "a question has %d endings to choose from; expected 2 or more"
                                .formatted(endings.size()));
            }
            if (gold < 0 || gold >= endings.size()) {
                throw new IllegalArgumentException(
                        "the right ending is number %d of %d; expected 0 to %d"
                                .formatted(gold, endings.size(), endings.size() - 1));
            }
            if (endings.contains("")) {
                throw new IllegalArgumentException(
                        "an ending is empty; give each at least one character");
            }
        }
    }

    /// Whether a model would go on exactly so: `acc`, and `perplexity` of the continuation.
    ///
    /// @param context what comes before, examples included; may be empty
    /// @param target what follows, with the blank that it begins with
    record Continuation(String context, String target) implements Item {
        public Continuation {
            if (target.isEmpty()) {
                throw new IllegalArgumentException(
                        "a continuation is empty; give it at least one character");
            }
        }
    }

    /// How likely a whole document is: `word_perplexity`, `byte_perplexity`, `bits_per_byte`.
    ///
    /// @param text as the model sees it
    /// @param words that the logarithm is divided by
    /// @param bytes that the logarithm is divided by
    record Document(String text, long words, long bytes) implements Item {
        public Document {
            if (text.isEmpty() || words < 1 || bytes < 1) {
                throw new IllegalArgumentException(
                        "a document of %d characters, %d words and %d bytes has nothing to predict; leave it out"
                                .formatted(text.length(), words, bytes));
            }
        }
    }

    /// What a model answers in its own words: one metric for each [Grader] of [Answering].
    ///
    /// @param prompt with all examples
    /// @param answer the right one
    /// @param how answers are made and judged
    record Question(String prompt, String answer, Answering how) implements Item {
        public Question {
            if (prompt.isEmpty()) {
                throw new IllegalArgumentException(
                        "a prompt is empty; give it at least one character");
            }
        }
    }

    /// How alike two texts are: `pearson` and `spearman` correlation of the cosine of their vectors
    /// with what people say.
    ///
    /// @param score by people; only its order and differences matter
    record Pair(String first, String second, double score) implements Item {
        public Pair {
            if (first.isBlank() || second.isBlank() || !Double.isFinite(score)) {
                throw new IllegalArgumentException(
                        "a pair needs two texts and a number, but its texts have %d and %d characters and its score is %s"
                                .formatted(first.length(), second.length(), score));
            }
        }
    }
}
