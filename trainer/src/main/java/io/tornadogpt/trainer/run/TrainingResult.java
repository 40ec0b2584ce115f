package io.tornadogpt.trainer.run;

import java.nio.file.Path;
import java.util.OptionalDouble;

/// How a run ended.
///
/// @param steps updates done, those before a resume included
/// @param finished whether all steps are done; otherwise the run was stopped and can be resumed
/// @param lastLoss training loss of the last step, NaN if no step was done
/// @param bestValidationLoss the lowest there was, empty where none was measured
/// @param directory the run's output directory
/// @param model the model to use: the best where one was kept, the last otherwise
public record TrainingResult(
        int steps,
        boolean finished,
        double lastLoss,
        OptionalDouble bestValidationLoss,
        RunDirectory directory,
        Path model) {}
