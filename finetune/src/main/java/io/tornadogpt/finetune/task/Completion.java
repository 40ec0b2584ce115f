package io.tornadogpt.finetune.task;

import java.util.Arrays;

/// An answer that the model gave to a prompt.
///
/// @param row number of the prompt
/// @param prompt ids
/// @param tokens ids of the answer, at least one, with the token that ends it
/// @param ended whether it ends with that token; otherwise it was cut
record Completion(int row, int[] prompt, int[] tokens, boolean ended) {
    /// Positions of a batch: the last token is only a target.
    int positions() {
        return prompt.length + tokens.length - 1;
    }

    /// The position whose target is the first token of the answer.
    int firstTarget() {
        return prompt.length - 1;
    }

    /// What the model reads.
    int[] inputs() {
        int[] all = Arrays.copyOf(prompt, positions());
        System.arraycopy(tokens, 0, all, prompt.length, tokens.length - 1);
        return all;
    }
}
