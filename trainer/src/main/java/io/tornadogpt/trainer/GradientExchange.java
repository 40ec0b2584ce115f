package io.tornadogpt.trainer;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.tensor.TensorSpec;

import java.util.List;

/// What several processes that train one model together do with their gradients: the one seam of a
/// [TrainingStep]. A process that trains alone does nothing.
///
/// Each process has as many micro-batches a step as the others, numbered through all of them.
public interface GradientExchange {
    /// One process.
    GradientExchange ALONE = new GradientExchange() {};

    /// Number of this process's first micro-batch of a step.
    ///
    /// @param microBatches of each process
    default int firstMicroBatch(int microBatches) {
        return 0;
    }

    /// The sum of a number over all processes, the same in each.
    default double total(double own) {
        return own;
    }

    /// Whether each micro-batch is to find gradients of zero, so that it can be told apart from the
    /// others; otherwise it adds to what the one before left.
    default boolean needsZeroedGradients() {
        return false;
    }

    /// A micro-batch is done, and its gradients are in the session.
    ///
    /// @param microBatch number within the step, over all processes
    default void accumulated(Session session, List<TensorSpec> gradients, int microBatch) {}

    /// All micro-batches of this process are done: puts the sum of the gradients of all processes
    /// in their place.
    default void exchange(Session session, List<TensorSpec> gradients) {}
}
