package io.tornadogpt.finetune.reward;

import io.tornadogpt.finetune.data.DataRow;

import org.jspecify.annotations.Nullable;

/// What a model wrote behind a prompt.
///
/// @param row that the prompt comes from, with all of its fields
/// @param prompt as the model read it
/// @param text that the model wrote, without special tokens
/// @param wanted the answer that the row gives; null where it gives none
/// @param ended whether the model ended the answer itself; otherwise it was cut at
///   `grpo.maxNewTokens`
public record Answer(
        DataRow row, String prompt, String text, @Nullable String wanted, boolean ended) {
    /// The answer that the row gives.
    ///
    /// @throws IllegalArgumentException where it gives none
    public String requireWanted() {
        if (wanted == null) {
            throw new IllegalArgumentException(
                    "%s gives no answer to compare with; add the field answer"
                            .formatted(row.place()));
        }
        return wanted;
    }
}
