package io.tornadogpt.trainer;

import io.tornadogpt.core.model.GptModel;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.model.UpdateProgram;
import io.tornadogpt.core.op.AdamW;
import io.tornadogpt.core.program.GradientCheckpointing;
import io.tornadogpt.core.program.Program;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// What a training session runs, written down once; planning needs no more than this.
///
/// @param accumulate loss and gradients of a micro-batch
/// @param update one optimizer step
/// @param evaluate the loss of a batch, null where there is nothing to validate on
public record TrainingPrograms(
        LossProgram accumulate, UpdateProgram update, @Nullable LossProgram evaluate) {

    /// The programs that train a model as configured.
    ///
    /// @param validates whether there are tokens to validate on
    public static TrainingPrograms of(GptModel model, TrainConfig config, boolean validates) {
        var adamW =
                new AdamW.Settings(
                        config.beta1(), config.beta2(), config.epsilon(), config.weightDecay());
        LossProgram accumulate = model.accumulate(config.batchSize(), config.blockSize());
        return new TrainingPrograms(
                config.gradientCheckpointing()
                        ? accumulate.after(new GradientCheckpointing())
                        : accumulate,
                model.update(adamW, config.gradClip()),
                validates && config.evalInterval() > 0
                        ? model.evaluate(config.batchSize(), config.blockSize())
                        : null);
    }

    /// For [io.tornadogpt.core.backend.Backend#plan] and [io.tornadogpt.core.backend.Backend#open].
    public List<Program> programs() {
        var all = new ArrayList<>(List.of(accumulate.program(), update.program()));
        if (evaluate != null) {
            all.add(evaluate.program());
        }
        return all;
    }
}
