package io.tornadogpt.trainer;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.AtomicDirectory;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.model.ModelDirectory;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.BatchSource;
import io.tornadogpt.trainer.data.Tokens;
import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.metrics.StepSample;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;

/// The steps of one run: micro-batches, update, metrics, and now and then an evaluation, a
/// checkpoint, a sample.
final class TrainingLoop {
    /// After so many steps in a row without finite gradients a run is given up.
    private static final int MOST_SKIPPED = 10;

    private final Trainer run;
    private final TrainConfig config;
    private final Session session;
    private final TrainingPrograms programs;
    private final TrainingStep training;
    private final RunLogs logs;
    private final @Nullable Evaluation evaluation;
    private Checkpoint.State state;
    private int savedStep;
    private int skipped;
    private double lastLoss = Double.NaN;

    TrainingLoop(
            Trainer run,
            Session session,
            TrainingPrograms programs,
            BatchSource batches,
            RunLogs logs,
            Checkpoint.State start) {
        this.run = run;
        this.config = run.config();
        this.session = session;
        this.programs = programs;
        this.training =
                new TrainingStep(
                        session, programs, batches, config.gradAccumulation(), start.seed());
        this.logs = logs;
        Tokens validation = run.data().validation();
        LossProgram evaluate = programs.evaluate();
        this.evaluation =
                evaluate == null || validation == null
                        ? null
                        : new Evaluation(session, evaluate, validation);
        this.state = start;
        this.savedStep = start.step() > 0 ? start.step() : -1;
    }

    /// Runs until all steps are done or `stopping` says so.
    TrainingResult run(BooleanSupplier stopping) throws IOException {
        while (state.step() < config.steps() && step(stopping)) {
            // a step that returns false was not done
        }
        if (savedStep != state.step()) {
            save();
        }
        Double best = state.bestValidationLoss();
        return new TrainingResult(
                state.step(),
                state.step() >= config.steps(),
                lastLoss,
                best == null ? OptionalDouble.empty() : OptionalDouble.of(best),
                run.directory(),
                run.directory().model());
    }

    /// One step, unless it is asked to stop before the update.
    private boolean step(BooleanSupplier stopping) throws IOException {
        long begin = System.nanoTime();
        int step = state.step();
        double rate = config.learningRates().at(step);
        TrainingStep.Result result = training.run(step, rate, stopping).orElse(null);
        if (result == null) {
            return false;
        }
        double seconds = (System.nanoTime() - begin) * 1e-9;

        lastLoss = result.loss();
        state = state.at(step + 1, state.bestValidationLoss());
        Double validationLoss = every(config.evalInterval()) ? validate() : null;
        var metrics =
                new StepMetrics(
                        step + 1,
                        lastLoss,
                        rate,
                        result.gradientNorm(),
                        config.tokensPerStep() / seconds,
                        null,
                        validationLoss);
        logs.metrics().write(metrics);
        run.listener().step(metrics);
        refuseDivergence(result);
        if (every(config.sampleInterval())) {
            sample();
        }
        if (config.checkpointInterval() > 0 && state.step() % config.checkpointInterval() == 0) {
            save();
        }
        return true;
    }

    /// Before the checkpoint of the same step: a run that goes on from there does not sample again.
    private void sample() throws IOException {
        SampleSource source = run.samples();
        StepSample sample = source == null ? null : source.sample(state.step(), session);
        if (sample != null) {
            logs.samples().write(sample);
        }
    }

    /// Whether something that happens every so many steps, and after the last one, happens now.
    private boolean every(int interval) {
        return interval > 0 && (state.step() % interval == 0 || state.step() == config.steps());
    }

    private void refuseDivergence(TrainingStep.Result result) {
        skipped = result.updated() ? 0 : skipped + 1;
        if (skipped >= MOST_SKIPPED) {
            throw new DivergedException(
                    ("gradients were not finite for %d steps up to step %d, and no update was made;"
                                    + " lower train.learningRate or set train.gradClip, and start"
                                    + " again")
                            .formatted(skipped, state.step()));
        }
    }

    private @Nullable Double validate() throws IOException {
        if (evaluation == null) {
            return null;
        }
        double loss = evaluation.loss(config.evalBatches());
        Double best = state.bestValidationLoss();
        if (best == null || loss < best) {
            state = state.at(state.step(), loss);
            saveBest(loss);
        }
        return loss;
    }

    private void saveBest(double loss) throws IOException {
        Path best = run.directory().best();
        try (var target = AtomicDirectory.begin(best)) {
            ModelDirectory.save(target.path(), run.model(), session);
            Tokenizer tokenizer = run.data().tokenizer();
            if (tokenizer != null) {
                tokenizer.save(target.path());
            }
            Checksums.write(target.path());
            target.commit();
        }
        run.listener().best(best, loss);
    }

    private void save() throws IOException {
        logs.force();
        Path path = run.directory().checkpoint(state.step());
        Checkpoint.save(
                path, run.model(), programs.trainable(), run.data().tokenizer(), session, state);
        run.directory().prune();
        savedStep = state.step();
        run.listener().saved(path);
    }
}
