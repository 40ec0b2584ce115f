package io.tornadogpt.trainer.data;

import io.tornadogpt.core.model.Model;

import java.util.Arrays;

/// A sequence to train on, and what is to be predicted at each of its positions.
///
/// @param tokens ids, at least one
/// @param targets ids, as many as there are tokens: of a causal model each the token behind the one
///   at its place; -1 where no target is predicted
public record Row(int[] tokens, int[] targets) {
    /// What is not predicted.
    private static final int NONE = -1;

    public Row {
        if (tokens.length == 0 || tokens.length != targets.length) {
            throw new IllegalArgumentException(
                    "a row has %d tokens and %d targets; expected equal numbers, at least one"
                            .formatted(tokens.length, targets.length));
        }
    }

    /// A text of which only the part from a token on is predicted, as the answer behind a prompt.
    ///
    /// @param text ids, at least two
    /// @param from the first token that is predicted, at least 1
    public static Row ofText(int[] text, int from) {
        if (text.length < 2 || from < 1) {
            throw new IllegalArgumentException(
                    "a text of %d tokens, predicted from token %d on; expected at least 2 and 1"
                            .formatted(text.length, from));
        }
        int[] tokens = Arrays.copyOf(text, text.length - 1);
        int[] targets = new int[tokens.length];
        for (int i = 0; i < targets.length; i++) {
            targets[i] = i + 1 >= from ? text[i + 1] : NONE;
        }
        return new Row(tokens, targets);
    }

    /// Positions of the row; at most [Model#context] for a model to read it.
    public int length() {
        return tokens.length;
    }
}
