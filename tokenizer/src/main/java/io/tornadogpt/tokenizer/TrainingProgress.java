package io.tornadogpt.tokenizer;

/// Hears how far the training of a tokenizer is. Called in the training thread.
public interface TrainingProgress {

    /// Hears nothing.
    TrainingProgress SILENT = new TrainingProgress() {};

    /// Pieces of text are being counted.
    ///
    /// @param bytes bytes of text counted so far
    default void counted(long bytes) {}

    /// A merge was found.
    ///
    /// @param done tokens in the vocabulary so far
    /// @param wanted tokens asked for; fewer come where the text has no more pairs to merge
    default void merged(int done, int wanted) {}

    /// Pieces were dropped from a vocabulary that began too large.
    ///
    /// @param left pieces that are left
    /// @param wanted tokens asked for
    default void pruned(int left, int wanted) {}
}
