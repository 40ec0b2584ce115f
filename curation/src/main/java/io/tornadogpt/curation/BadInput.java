package io.tornadogpt.curation;

/// What becomes of input that cannot be read.
public enum BadInput {
    /// It is named and counted, and the rest is read.
    SKIP,
    /// The run ends, and says where.
    STOP
}
