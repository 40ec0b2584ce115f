package io.tornadogpt.trainer.loop;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.trainer.data.BatchSource;
import io.tornadogpt.trainer.data.TokenMasks;
import io.tornadogpt.trainer.data.Tokens;
import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.function.BooleanSupplier;

/// The steps of one run: micro-batches, update, metrics, and now and then an evaluation, a sample,
/// a checkpoint. What is kept of them, and where, is for the [Recorder] to say.
public final class TrainingLoop {
    /// After so many steps in a row without finite gradients a run is given up.
    private static final int MOST_SKIPPED = 10;

    private final TrainConfig config;
    private final TrainingStep training;
    private final @Nullable Evaluation evaluation;
    private final Recorder recorder;
    private Position position;
    private int savedStep;
    private int skipped;
    private double lastLoss = Double.NaN;

    /// How far a run has come.
    ///
    /// @param step updates done
    /// @param bestValidationLoss the lowest so far, null where none was measured
    public record Position(int step, @Nullable Double bestValidationLoss) {}

    /// Keeps what a loop produces, in the thread that trains.
    public interface Recorder {
        /// A step is done.
        void step(StepMetrics metrics) throws IOException;

        /// The validation loss is the lowest so far: the session's weights are the best model.
        void best(double validationLoss) throws IOException;

        /// It is time for a sample.
        ///
        /// @param step updates done
        void sample(int step) throws IOException;

        /// It is time for a checkpoint, from which the run can go on.
        void save(Position position) throws IOException;
    }

    /// @param session runs the programs and holds the weights
    /// @param validation tokens to validate on, null for none
    /// @param masks hides tokens of these that are predicted; null where each predicts the next
    /// @param seed of dropout
    /// @param start where the run stands
    public TrainingLoop(
            Session session,
            TrainConfig config,
            TrainingPrograms programs,
            BatchSource batches,
            @Nullable Tokens validation,
            @Nullable TokenMasks masks,
            long seed,
            Recorder recorder,
            Position start) {
        this.config = config;
        this.training =
                new TrainingStep(session, programs, batches, config.gradAccumulation(), seed);
        LossProgram evaluate = programs.evaluate();
        this.evaluation =
                evaluate == null || validation == null
                        ? null
                        : new Evaluation(session, evaluate, validation, masks);
        this.recorder = recorder;
        this.position = start;
        this.savedStep = start.step() > 0 ? start.step() : -1;
    }

    /// Runs until all steps are done or `stopping` says so, and saves a checkpoint of the last
    /// complete step.
    ///
    /// @return how far it came
    /// @throws DivergedException where gradients stop being finite
    public Position run(BooleanSupplier stopping) throws IOException {
        while (position.step() < config.steps() && step(stopping)) {
            // a step that returns false was not done
        }
        if (savedStep != position.step()) {
            save();
        }
        return position;
    }

    /// Training loss of the last step, NaN where no step was done.
    public double lastLoss() {
        return lastLoss;
    }

    /// One step, unless it is asked to stop before the update.
    private boolean step(BooleanSupplier stopping) throws IOException {
        long begin = System.nanoTime();
        int step = position.step();
        double rate = config.learningRates().at(step);
        TrainingStep.Result result = training.run(step, rate, stopping).orElse(null);
        if (result == null) {
            return false;
        }
        double seconds = (System.nanoTime() - begin) * 1e-9;

        lastLoss = result.loss();
        position = new Position(step + 1, position.bestValidationLoss());
        Double validationLoss = every(config.evalInterval()) ? validate() : null;
        recorder.step(
                new StepMetrics(
                        step + 1,
                        lastLoss,
                        rate,
                        result.gradientNorm(),
                        config.tokensPerStep() / seconds,
                        null,
                        validationLoss));
        refuseDivergence(result);
        // Before the checkpoint of the same step: a run that goes on from there does not sample
        // again.
        if (every(config.sampleInterval())) {
            recorder.sample(position.step());
        }
        if (config.checkpointInterval() > 0 && position.step() % config.checkpointInterval() == 0) {
            save();
        }
        return true;
    }

    /// Whether something that happens every so many steps, and after the last one, happens now.
    private boolean every(int interval) {
        return interval > 0
                && (position.step() % interval == 0 || position.step() == config.steps());
    }

    private void refuseDivergence(TrainingStep.Result result) {
        skipped = result.updated() ? 0 : skipped + 1;
        if (skipped >= MOST_SKIPPED) {
            throw new DivergedException(
                    ("gradients were not finite for %d steps up to step %d, and no update was made;"
                                    + " lower train.learningRate or set train.gradClip, and start"
                                    + " again")
                            .formatted(skipped, position.step()));
        }
    }

    private @Nullable Double validate() throws IOException {
        if (evaluation == null) {
            return null;
        }
        double loss = evaluation.loss(config.evalBatches());
        Double best = position.bestValidationLoss();
        if (best == null || loss < best) {
            position = new Position(position.step(), loss);
            recorder.best(loss);
        }
        return loss;
    }

    private void save() throws IOException {
        recorder.save(position);
        savedStep = position.step();
    }
}
