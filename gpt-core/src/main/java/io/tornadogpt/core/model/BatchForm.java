package io.tornadogpt.core.model;

/// The form of a batch, for which a program is written down.
///
/// @param sequences B, rows of the batch
/// @param positions T, of each row
/// @param spans whether rows are padded, or hold several sequences that do not see each other; what
///   each position sees is then an input
public record BatchForm(int sequences, int positions, boolean spans) {
    public BatchForm {
        if (sequences < 1 || positions < 1) {
            throw new IllegalArgumentException(
                    "a batch of %d sequences of %d positions; expected at least 1 of each"
                            .formatted(sequences, positions));
        }
    }

    /// Rows that are full.
    public static BatchForm full(int sequences, int positions) {
        return new BatchForm(sequences, positions, false);
    }

    /// Rows that may be padded or packed.
    public static BatchForm padded(int sequences, int positions) {
        return new BatchForm(sequences, positions, true);
    }
}
