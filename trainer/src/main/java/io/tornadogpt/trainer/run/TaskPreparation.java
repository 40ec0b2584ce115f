package io.tornadogpt.trainer.run;

import io.tornadogpt.trainer.loop.TrainingTask;
import io.tornadogpt.trainer.settings.RunSettings;

import java.io.IOException;

/// Makes what a run trains for: reads and prepares its data.
///
/// @param <T> the task
@FunctionalInterface
public interface TaskPreparation<T extends TrainingTask> {
    /// A task that is ready, and the settings with all that follows from its data.
    record Prepared<T extends TrainingTask>(T task, RunSettings settings) {}

    /// Makes the task.
    ///
    /// @param run its directory: what was prepared lies in `data`, or is to be written there
    Prepared<T> prepare(RunDirectory run) throws IOException;
}
