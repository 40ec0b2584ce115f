package io.tornadogpt.trainer.loop;

import org.jspecify.annotations.Nullable;

import java.util.function.BooleanSupplier;

/// Measures the model that is trained.
@FunctionalInterface
public interface Judge {
    /// Measures the weights as they stand in the session of the run.
    ///
    /// @param wanted how many batches, evenly spread; 0 for all
    /// @param stopping looked at now and then
    /// @return what was measured, of which the lowest loss is the best; null where it was given up
    Evaluation.@Nullable Measured measure(int wanted, BooleanSupplier stopping);
}
