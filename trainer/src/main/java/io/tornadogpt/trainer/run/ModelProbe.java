package io.tornadogpt.trainer.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/// Asks a model something while it is trained, every `train.evalTasksInterval` steps: tasks, say,
/// of which a trainer knows nothing. What comes of it stands in the metrics of the step.
@FunctionalInterface
public interface ModelProbe {
    /// Asks the model as it stands. Called in the thread that trains, which waits.
    ///
    /// @param model a model directory, which is gone afterwards
    /// @return figures by their names, such as `blimp_x.acc`
    Map<String, Double> ask(Path model) throws IOException;
}
