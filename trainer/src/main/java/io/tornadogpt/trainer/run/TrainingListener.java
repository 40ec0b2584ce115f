package io.tornadogpt.trainer.run;

import io.tornadogpt.trainer.metrics.StepMetrics;

import java.nio.file.Path;

/// Receives the events of a run.
///
/// Its methods are called in the thread that trains, which is another one than the one that called
/// [Trainer#run]. Training goes on when they return, so what takes long, or belongs to one thread
/// such as that of a window, is handed on to it. What they throw ends the run, and arrives at the
/// caller of [Trainer#run].
public interface TrainingListener {
    /// Listens to nothing.
    TrainingListener SILENT = new TrainingListener() {};

    /// A run is resumed on another device: results are correct, but not equal bit for bit.
    ///
    /// @param then the device before, as it describes itself
    /// @param now the device from here on
    default void deviceChanged(String then, String now) {}

    /// A step is done and its metrics are written.
    default void step(StepMetrics metrics) {}

    /// A step changed no weights; comes after [#step].
    ///
    /// @param metrics say why
    default void skipped(StepMetrics metrics) {}

    /// The norm of a step's gradients is much larger than usual.
    ///
    /// @param multiple of what it was on average
    default void largeGradients(StepMetrics metrics, double multiple) {}

    /// A checkpoint is on disk.
    default void saved(Path checkpoint) {}

    /// The model has the lowest validation loss so far, and is on disk.
    default void best(Path model, double validationLoss) {}
}
