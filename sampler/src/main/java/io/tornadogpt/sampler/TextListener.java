package io.tornadogpt.sampler;

/// Hears of text as soon as it is certain.
@FunctionalInterface
public interface TextListener {
    /// Called with the next piece of one sequence's text: whole characters, never empty. All pieces
    /// of a sequence, joined, are its text.
    ///
    /// @param sequence number of the prompt, from 0
    /// @return whether the sequence goes on
    boolean accept(int sequence, String text);
}
