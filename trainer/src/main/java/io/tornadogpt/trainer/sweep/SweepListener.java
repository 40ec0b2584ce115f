package io.tornadogpt.trainer.sweep;

import io.tornadogpt.trainer.metrics.StepMetrics;

/// Hears how a sweep goes, in threads of the sweep.
public interface SweepListener {
    /// Hears nothing.
    SweepListener SILENT = new SweepListener() {};

    /// A run begins or goes on; for one that is complete this is not called.
    ///
    /// @param until steps to which it is trained now
    default void begins(Trial trial, long seed, int until) {}

    /// A step of the present run is done.
    default void step(StepMetrics metrics) {}

    /// The present run has come as far as it was to come, or could not be trained.
    default void ends(Trial trial, TrialRun run) {}

    /// Trials were compared.
    ///
    /// @param steps after which
    /// @param kept how many go on
    /// @param of how many
    default void compared(int steps, int kept, int of) {}
}
