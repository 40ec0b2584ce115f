package io.tornadogpt.sampler;

import java.util.Optional;

/// What was generated after one prompt.
///
/// Immutable, so that threads may share it.
public final class Generation {
    private final int[] tokens;
    private final FinishReason finishReason;
    private final int promptLength;
    private final int contextLength;

    /// @param contextLength how many tokens of the prompt the model was given
    Generation(int[] tokens, FinishReason finishReason, int promptLength, int contextLength) {
        this.tokens = tokens;
        this.finishReason = finishReason;
        this.promptLength = promptLength;
        this.contextLength = contextLength;
    }

    /// The new tokens, without the prompt and without an end token.
    public int[] tokens() {
        return tokens.clone();
    }

    public FinishReason finishReason() {
        return finishReason;
    }

    /// Number of tokens at the start of the prompt that the model never saw, because the prompt is
    /// longer than its context.
    public int droppedPromptTokens() {
        return promptLength - contextLength;
    }

    /// A sentence for the user where the prompt was cut.
    public Optional<String> notice() {
        if (droppedPromptTokens() == 0) {
            return Optional.empty();
        }
        return Optional.of(
                "the prompt has %d tokens but the model sees %d at a time; it was given the last %d"
                        .formatted(promptLength, contextLength, contextLength));
    }

    @Override
    public String toString() {
        return "Generation[%d tokens, %s]".formatted(tokens.length, finishReason);
    }
}
