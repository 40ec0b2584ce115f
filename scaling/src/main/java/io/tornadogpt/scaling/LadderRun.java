package io.tornadogpt.scaling;

/// What is known of a run of a ladder.
///
/// @param size as in `4x4x80`: layers, heads, width
/// @param seed of the run
/// @param observation its size, tokens and loss
/// @param flops operations to train on a token, attention and head included
/// @param seconds that a token took
public record LadderRun(
        String size, long seed, Observation observation, double flops, double seconds) {}
