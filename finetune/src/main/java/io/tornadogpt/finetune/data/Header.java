package io.tornadogpt.finetune.data;

/// Whether the first line of a table names its columns.
public enum Header {
    /// It does where a column that is looked for is named there.
    AUTO,
    YES,
    NO
}
