package io.tornadogpt.core.model;

import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

/// A program that computes logits, and what goes in and comes out.
///
/// @param program by name
/// @param tokens `[B, T]` ids
/// @param positions `[B, T]`, each below the model's `blockSize`
/// @param rows `[B]`, which of the `B*T` rows are asked for; null where all are
/// @param logits `[B, V]`, or `[B, T, V]` where all rows are asked for
/// @param draw what draws a token from each row, so that only its id need come to the host; null
///   where all rows are asked for
public record LogitsProgram(
        Program program,
        TensorSpec tokens,
        TensorSpec positions,
        @Nullable TensorSpec rows,
        TensorSpec logits,
        @Nullable Draw draw) {
    /// A token for each row, as [io.tornadogpt.core.op.Sample] draws it.
    ///
    /// @param keys `[B, 4]`, of the random bits of each row
    /// @param settings `[2]`: temperature, 0 for the most likely token; and k, 0 for no limit
    /// @param ids `[B]`, -1 where logits are such that no token can be drawn
    public record Draw(TensorSpec keys, TensorSpec settings, TensorSpec ids) {}
}
