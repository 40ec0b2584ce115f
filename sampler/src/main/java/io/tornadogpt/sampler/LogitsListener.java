package io.tornadogpt.sampler;

/// Hears of the logits of a prompt's tokens as they are read.
@FunctionalInterface
public interface LogitsListener {
    /// Called once for every token of a prompt, in order.
    ///
    /// @param position of the token, from 0
    /// @param logits `[V]` of what follows it; valid during the call only
    void accept(int position, float[] logits);
}
