package io.tornadogpt.trainer.data;

/// How rows of unequal length come together in batches.
public enum Batching {
    /// One a line, padded to the longest of its batch.
    PADDED,
    /// As padded, with rows of about the same length in each batch; in sequential order as padded.
    GROUPED,
    /// As many a line as fit; they do not see each other.
    PACKED
}
