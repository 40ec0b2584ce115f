package io.tornadogpt.finetune.data;

import io.tornadogpt.trainer.data.Row;

import java.util.Arrays;

/// A row as a model reads it.
///
/// @param ids of its tokens
/// @param trained which of them the model learns to predict
public record Encoded(int[] ids, boolean[] trained) {
    private static final int NONE = -1;

    public Encoded {
        if (ids.length != trained.length) {
            throw new IllegalArgumentException(
                    "%d tokens, of which %d are said to be trained or not; expected equal numbers"
                            .formatted(ids.length, trained.length));
        }
    }

    /// The first tokens only.
    public Encoded cut(int most) {
        return most >= ids.length
                ? this
                : new Encoded(Arrays.copyOf(ids, most), Arrays.copyOf(trained, most));
    }

    /// How many tokens are learned: the first of a text has nothing that it could be predicted
    /// from.
    public int targets() {
        int targets = 0;
        for (int i = 1; i < trained.length; i++) {
            targets += trained[i] ? 1 : 0;
        }
        return targets;
    }

    /// For training: each token is the target of the one before it.
    ///
    /// @throws IllegalArgumentException where there are fewer than two tokens
    public Row row() {
        int[] tokens = Arrays.copyOf(ids, ids.length - 1);
        int[] targets = new int[tokens.length];
        for (int i = 0; i < targets.length; i++) {
            targets[i] = trained[i + 1] ? ids[i + 1] : NONE;
        }
        return new Row(tokens, targets);
    }
}
