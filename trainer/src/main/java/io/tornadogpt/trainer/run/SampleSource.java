package io.tornadogpt.trainer.run;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.trainer.metrics.StepSample;

import org.jspecify.annotations.Nullable;

import java.util.List;

/// Lets a model write while it is trained, every `train.sampleInterval` steps and after the last
/// one.
public interface SampleSource {
    /// Programs of the run's model that are opened in the run's session, so that they work on the
    /// weights as they stand.
    List<Program> programs();

    /// Writes a text, in the thread that trains.
    ///
    /// @param step updates done so far
    /// @param session holds the model's parameters
    /// @return what goes into the run's log; null for nothing, where the text was broken off
    @Nullable StepSample sample(int step, Session session);
}
