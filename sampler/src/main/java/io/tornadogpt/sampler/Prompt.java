package io.tornadogpt.sampler;

import java.util.Arrays;

/// A sequence to continue, with options of its own.
///
/// Immutable, so that threads may share it.
public final class Prompt {
    private final int[] tokens;
    private final GenerationOptions options;

    /// @param tokens ids, one or more
    /// @param options [GenerationOptions#firstSequence] is the number of this sequence
    public Prompt(int[] tokens, GenerationOptions options) {
        if (tokens.length == 0) {
            throw new IllegalArgumentException(
                    "a prompt has no tokens; give at least one to continue from, such as a newline"
                            + " or the end-of-text token");
        }
        this.tokens = tokens.clone();
        this.options = options;
    }

    public int[] tokens() {
        return tokens.clone();
    }

    /// Number of tokens.
    public int length() {
        return tokens.length;
    }

    public GenerationOptions options() {
        return options;
    }

    /// Refuses tokens that a model does not have.
    ///
    /// @param vocabulary V
    /// @throws IllegalArgumentException naming the first such token
    public void check(int vocabulary) {
        for (int i = 0; i < tokens.length; i++) {
            if (tokens[i] < 0 || tokens[i] >= vocabulary) {
                throw new IllegalArgumentException(
                        "token %d of a prompt is %d; the model's vocabulary has 0 to %d"
                                .formatted(i, tokens[i], vocabulary - 1));
            }
        }
    }

    @Override
    public String toString() {
        String start = Arrays.toString(Arrays.copyOf(tokens, Math.min(8, tokens.length)));
        return "Prompt[%d tokens, %s]".formatted(tokens.length, start);
    }
}
