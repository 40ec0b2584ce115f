package io.tornadogpt.core.model;

import io.tornadogpt.core.model.graph.Inputs;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

/// A program that computes logits of tokens, and what goes in and comes out.
///
/// @param program by name
/// @param inputs tokens, positions and so on
/// @param logits `[B, T, V]`, or `[B, V]` where one row a sequence is asked for
/// @param last what asks for one row a sequence and draws a token from it; null where all rows are
///   asked for
public record LogitsProgram(
        Program program, Inputs inputs, TensorSpec logits, @Nullable Last last) {
    /// One row a sequence, in a session with a key-value cache.
    ///
    /// @param slots `[B]`, the slot of the cache that each sequence has
    /// @param rows `[B]`, which of the `B * T` rows is asked for
    /// @param keys `[B, 4]`, of the random bits of each row
    /// @param settings `[B, 2]`, of each row: temperature, 0 for the most likely token; and k, 0
    ///   for no limit
    /// @param ids `[B]`, the token that [io.tornadogpt.core.op.Sample] draws; -1 where logits are
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

    /// What asks for one row a sequence.
    ///
    /// @throws IllegalStateException where all rows are asked for
    public Last requireLast() {
        if (last == null) {
            throw new IllegalStateException(
                    "program %s computes the logits of all rows, so it draws nothing"
                            .formatted(program.name()));
        }
        return last;
    }
}
