package io.tornadogpt.core.model;

import io.tornadogpt.core.model.graph.Inputs;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.TensorSpec;

/// A program that reads tokens into a key-value cache and says how likely what follows them is,
/// without logits leaving the device.
///
/// @param program by name
/// @param inputs tokens, and positions: -1 for a row that holds no token
/// @param slots `[B]`, the slot of the cache that each sequence has, no two the same
/// @param targets `[B, T]` ids, negative where nothing is asked
/// @param losses `[B, T]`, in nats: the negative log-probability of the target, 0 where there is
///   none
/// @param best `[B, T]`, the most likely id, of equally likely ones the first
public record ScoreProgram(
        Program program,
        Inputs inputs,
        TensorSpec slots,
        TensorSpec targets,
        TensorSpec losses,
        TensorSpec best) {}
