package io.tornadogpt.trainer.data;

import java.util.List;
import java.util.function.BooleanSupplier;

/// Where the micro-batches of a run come from: a function of step and micro-batch alone, so that a
/// resumed run reads what it would have read, and several processes read parts of one sequence of
/// micro-batches.
public interface BatchSource {
    /// Which of a run's forms of batches a micro-batch has: 0 where there is one. Rows of unequal
    /// length come in a few lengths, each of which has a program of its own.
    default int form(int step, int microBatch) {
        return 0;
    }

    /// Gets the micro-batches of a step ready, where they have to be made first, as answers of the
    /// model itself. Called once before all others of a step, by the thread that trains.
    ///
    /// @param stopping looked at now and then
    /// @return whether it was done to its end
    /// @throws StepRefusedException where they cannot be made
    default boolean prepare(int step, BooleanSupplier stopping) {
        return true;
    }

    /// Writes a micro-batch.
    ///
    /// @param step counts from 0
    /// @param microBatch number within the step, over all processes
    /// @param batch room for a batch of the form that [#form] says
    /// @return how much its targets count: their number, or the sum of their weights
    double fill(int step, int microBatch, Batch batch);

    /// How much the targets of some micro-batches of a step count, which the scale of gradients
    /// must know before the first of them.
    ///
    /// @param first number of the first of them
    /// @param count how many
    /// @param rooms for each form
    default double targets(int step, int first, int count, List<Batch> rooms) {
        double sum = 0;
        for (int micro = first; micro < first + count; micro++) {
            sum += fill(step, micro, rooms.get(form(step, micro)));
        }
        return sum;
    }
}
