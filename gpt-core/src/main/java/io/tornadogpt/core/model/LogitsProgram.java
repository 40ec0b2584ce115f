package io.tornadogpt.core.model;

import io.tornadogpt.core.model.graph.Inputs;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

/// A program that computes logits of tokens, and what goes in and comes out.
///
/// @param program by name
/// @param inputs tokens, positions and so on
/// @param logits `[B, T, V]`, or `[R, V]` of the rows that are asked for
/// @param last what asks for rows and draws a token from each; null without a cache
public record LogitsProgram(
        Program program, Inputs inputs, TensorSpec logits, @Nullable Last last) {
    /// Some rows, in a session with a key-value cache: one a sequence unless more are asked for.
    ///
    /// @param slots `[B]`, the slot of the cache that each sequence has
    /// @param rows `[R]`, which of the `B * T` rows are asked for
    /// @param keys `[R, 4]`, of the random bits of each row
    /// @param settings `[R, 2]`, of each row: temperature, 0 for the most likely token; and k, 0
    ///   for no limit
    /// @param ids `[R]`, the token that [io.tornadogpt.core.op.Sample] draws; -1 where logits are
    ///   such that none can be drawn
    public record Last(
            TensorSpec slots,
            TensorSpec rows,
            TensorSpec keys,
            TensorSpec settings,
            TensorSpec ids) {}

    /// `[B, T]` ids.
    public TensorSpec tokens() {
        return inputs.tokens();
    }

    /// `[B, T]`, each below the model's context; in a program with a cache -1 for a row that holds
    /// no token.
    public TensorSpec positions() {
        return inputs.positions();
    }

    /// What asks for rows.
    ///
    /// @throws IllegalStateException without a cache, where all rows are asked for
    public Last requireLast() {
        if (last == null) {
            throw new IllegalStateException(
                    "program %s computes the logits of all rows, so it draws nothing"
                            .formatted(program.name()));
        }
        return last;
    }
}
