package io.tornadogpt.trainer.loop;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.UpdateProgram;
import io.tornadogpt.core.tensor.TensorSpec;

import java.util.List;

/// What several processes that train one model together do with what each of them computed: the one
/// seam of a [TrainingStep], and of an [Evaluation]. A process that trains alone does nothing.
///
/// The processes make the same calls in the same order.
public interface GradientExchange {
    /// One process.
    GradientExchange ALONE = new GradientExchange() {};

    /// What one process has of what is numbered through all of them.
    ///
    /// @param first number
    /// @param count how many
    record Share(int first, int count) {}

    /// What a step did.
    ///
    /// @param norm of all gradients before clipping
    /// @param updated whether weights were changed: not where a gradient was not finite
    record Update(double norm, boolean updated) {}

    /// What this process does of a number of micro-batches, or of batches to measure on.
    default Share share(int count) {
        return new Share(0, count);
    }

    /// Hands numbers of each process to all of them.
    ///
    /// @return by rank
    default List<double[]> gather(double... own) {
        return List.of(own);
    }

    /// Whether any process says so.
    default boolean any(boolean own) {
        return gather(own ? 1 : 0).stream().anyMatch(answer -> answer[0] != 0);
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

    /// All micro-batches are done: makes the sum of the gradients of all processes, for [#update]
    /// to use.
    default void exchange(Session session, List<TensorSpec> gradients) {}

    /// The step is given up; what [#accumulated] kept of its gradients is void.
    default void discard() {}

    /// Changes the weights by the gradients.
    ///
    /// @param learningRate of parameters whose rate is not scaled
    /// @param step number of this update, counting from 1
    default Update update(Session session, UpdateProgram update, double learningRate, int step) {
        update.writeSchedule(session, learningRate, step);
        session.run(update.program().name());
        boolean updated = session.readFloats(update.scale())[0] != 0;
        return new Update(session.readFloats(update.norm())[0], updated);
    }
}
