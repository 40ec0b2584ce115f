package io.tornadogpt.core.model;

import io.tornadogpt.core.model.graph.Inputs;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.TensorSpec;

/// A program that computes hidden states, and what goes in and comes out.
///
/// @param inputs tokens, positions and so on
/// @param states `[B, T, C]`, behind the last norm
public record HiddenProgram(Program program, Inputs inputs, TensorSpec states) {}
