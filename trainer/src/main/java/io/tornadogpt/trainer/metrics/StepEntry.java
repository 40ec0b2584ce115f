package io.tornadogpt.trainer.metrics;

/// A line of a [StepLog].
public sealed interface StepEntry permits RunStart, StepMetrics, StepSample {
    /// The number of updates that were done when it was written; what came before a checkpoint of
    /// that step is known by it.
    int step();
}
