package io.tornadogpt.trainer.sweep;

import io.tornadogpt.trainer.run.RunDirectory;

import org.jspecify.annotations.Nullable;

/// One training run of a trial, as far as it has come.
///
/// @param seed of initialization, batches and dropout
/// @param steps done
/// @param score validation loss that trials are compared by: the lowest of a run that is complete,
///   the last of one that was stopped to be compared; NaN where none was measured
/// @param seconds that its steps took
/// @param failure why it could not be trained, null where it could
public record TrialRun(
        long seed,
        RunDirectory directory,
        int steps,
        double score,
        double seconds,
        @Nullable String failure) {}
