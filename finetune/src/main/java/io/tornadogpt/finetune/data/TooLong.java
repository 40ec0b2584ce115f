package io.tornadogpt.finetune.data;

/// What becomes of rows that are longer than a block.
public enum TooLong {
    /// Their first tokens are kept.
    CUT,
    /// They are left out.
    DROP
}
