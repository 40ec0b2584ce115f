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
public record LogitsProgram(
        Program program,
        TensorSpec tokens,
        TensorSpec positions,
        @Nullable TensorSpec rows,
        TensorSpec logits) {}
