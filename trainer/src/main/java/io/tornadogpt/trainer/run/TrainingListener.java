package io.tornadogpt.trainer.run;

import io.tornadogpt.trainer.metrics.StepMetrics;

import java.nio.file.Path;

/// Receives the events of a run, in the thread that trains.
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
