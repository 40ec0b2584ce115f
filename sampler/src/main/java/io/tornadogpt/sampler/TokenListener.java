package io.tornadogpt.sampler;

/// Hears of every token as soon as it is drawn.
@FunctionalInterface
public interface TokenListener {
    /// Hears nothing and never stops a sequence.
    TokenListener NONE = (sequence, token) -> true;

    /// Called once for every new token, end tokens excluded; sequences of a batch take turns.
    ///
    /// @param sequence number of the prompt, from 0
    /// @return whether the sequence goes on
    boolean accept(int sequence, int token);
}
