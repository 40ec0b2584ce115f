package io.tornadogpt.trainer.loop;

import io.tornadogpt.core.model.BatchForm;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.Trainable;
import io.tornadogpt.core.model.UpdateProgram;
import io.tornadogpt.core.model.graph.Objective;
import io.tornadogpt.core.model.objective.TokenPrediction;
import io.tornadogpt.core.op.AdamW;
import io.tornadogpt.core.program.GradientCheckpointing;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.trainer.settings.TrainConfig;

import java.util.ArrayList;
import java.util.List;

/// What a training session runs, written down once; planning needs no more than this.
///
/// @param trainable what is trained
/// @param accumulate losses and gradients of a micro-batch, for each form of batches
/// @param update one optimizer step
/// @param evaluate the losses of a batch, for each form; none where there is nothing to validate on
public record TrainingPrograms(
        Trainable trainable,
        List<LossProgram> accumulate,
        UpdateProgram update,
        List<LossProgram> evaluate) {

    public TrainingPrograms {
        accumulate = List.copyOf(accumulate);
        evaluate = List.copyOf(evaluate);
    }

    /// The programs that train a model to predict the next token of full rows, as configured.
    ///
    /// @param validates whether there are tokens to validate on
    public static TrainingPrograms of(Model model, TrainConfig config, boolean validates) {
        var form = BatchForm.full(config.batchSize(), config.blockSize());
        return of(
                model,
                config,
                TokenPrediction.PLAIN,
                List.of(form),
                config.trainable(model),
                validates && config.evalInterval() > 0);
    }

    /// The programs that train a model for a task, as configured.
    public static TrainingPrograms of(Model model, TrainConfig config, TrainingTask task) {
        return of(
                model,
                config,
                task.objective(),
                task.forms(config),
                task.trainable(model, config),
                (task.validates() && config.evalInterval() > 0) || task.measuresFirst());
    }

    /// The programs that train a model for any objective.
    ///
    /// @param forms of batches
    /// @param evaluates whether losses are measured too
    public static TrainingPrograms of(
            Model model,
            TrainConfig config,
            Objective objective,
            List<BatchForm> forms,
            Trainable trainable,
            boolean evaluates) {
        var accumulate = new ArrayList<LossProgram>();
        var evaluate = new ArrayList<LossProgram>();
        for (BatchForm form : forms) {
            String suffix = forms.size() == 1 ? "" : "." + form.positions();
            String name = "accumulate" + suffix;
            if (evaluates) {
                evaluate.add(model.evaluate("evaluate" + suffix, objective, form));
            }
            LossProgram program = model.accumulate(name, objective, form, trainable);
            accumulate.add(
                    config.gradientCheckpointing()
                            ? program.after(new GradientCheckpointing())
                            : program);
        }
        return new TrainingPrograms(
                trainable,
                accumulate,
                model.update("update", trainable, adamW(config), config.gradClip()),
                evaluate);
    }

    /// The optimizer's settings.
    public static AdamW.Settings adamW(TrainConfig config) {
        return new AdamW.Settings(
                config.beta1(), config.beta2(), config.epsilon(), config.weightDecay());
    }

    /// The same with another optimizer step.
    public TrainingPrograms with(UpdateProgram other) {
        return new TrainingPrograms(trainable, accumulate, other, evaluate);
    }

    /// For [io.tornadogpt.core.backend.Backend#plan] and [io.tornadogpt.core.backend.Backend#open].
    public List<Program> programs() {
        var all = new ArrayList<Program>();
        accumulate.forEach(program -> all.add(program.program()));
        all.add(update.program());
        evaluate.forEach(program -> all.add(program.program()));
        return all;
    }
}
