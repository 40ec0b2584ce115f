package io.tornadogpt.trainer.loop;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.trainer.data.BatchSource;
import io.tornadogpt.trainer.data.EvaluationBatches;
import io.tornadogpt.trainer.data.StepRefusedException;
import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;

/// The steps of one run: micro-batches, update, metrics, and now and then an evaluation, a sample,
/// a checkpoint. What is kept of them, and where, is for the [Recorder] to say.
///
/// Used by one thread at a time.
public final class TrainingLoop {
    /// After so many steps in a row without an update a run is given up.
    private static final int MOST_SKIPPED = 5;

    private final TrainConfig config;
    private final TrainingStep training;
    private final Tally tally;
    private final @Nullable Judge judge;
    private final Recorder recorder;
    private final GradientExchange exchange;
    private final Recent losses = new Recent();
    private final Recent norms = new Recent();
    private Position position;
    private int savedStep;
    private int skipped;
    private double lastLoss = Double.NaN;

    /// How far a run has come.
    ///
    /// @param step updates done
    /// @param bestValidationLoss the lowest so far, null where none was measured
    /// @param unfinished what of the last step is still to be done, null for nothing
    public record Position(
            int step, @Nullable Double bestValidationLoss, @Nullable Unfinished unfinished) {
        /// Between two steps.
        public Position(int step, @Nullable Double bestValidationLoss) {
            this(step, bestValidationLoss, null);
        }

        Position leaving(@Nullable Unfinished rest) {
            return new Position(step, bestValidationLoss, rest);
        }
    }

    /// What a step that was interrupted after its update leaves to be done.
    ///
    /// @param metrics of the step, which are still to be completed and recorded; null where only
    ///   the sample is missing
    public record Unfinished(@Nullable StepMetrics metrics) {}

    /// Keeps what a loop produces, in the thread that trains.
    public interface Recorder {
        /// A step is done.
        void step(StepMetrics metrics) throws IOException;

        /// The validation loss is the lowest so far: the session's weights are the best model.
        void best(double validationLoss) throws IOException;

        /// It is time for a sample.
        ///
        /// @param step updates done
        /// @return whether it was written to its end
        boolean sample(int step) throws IOException;

        /// The norm of the gradients is unusual.
        ///
        /// @param multiple of what it was on average
        default void alarm(StepMetrics metrics, double multiple) {}

        /// It is time to ask the model something.
        ///
        /// @return figures by name
        default Map<String, Double> ask() throws IOException {
            return Map.of();
        }

        /// It is time for a checkpoint, from which the run can go on.
        ///
        /// @param failing whether the last steps changed no weights: then the earlier checkpoints
        ///   are better
        void save(Position position, boolean failing) throws IOException;
    }

    /// @param session runs the programs and holds the weights
    /// @param task what is trained for
    /// @param batches the task's
    /// @param seed of dropout
    /// @param start where the run stands
    public TrainingLoop(
            Session session,
            TrainConfig config,
            TrainingPrograms programs,
            TrainingTask task,
            BatchSource batches,
            long seed,
            Recorder recorder,
            Position start) {
        this(
                session,
                config,
                programs,
                task,
                batches,
                seed,
                recorder,
                start,
                GradientExchange.ALONE);
    }

    /// The loop of one of several processes. Each of them makes the same decisions, for what they
    /// are made by is the same in all; a process that is asked to stop takes the others along.
    ///
    /// @param session runs the programs and holds the weights
    /// @param config its micro-batches are those of a step over all processes
    /// @param task what is trained for
    /// @param batches the task's
    /// @param seed of dropout
    /// @param start where the run stands
    public TrainingLoop(
            Session session,
            TrainConfig config,
            TrainingPrograms programs,
            TrainingTask task,
            BatchSource batches,
            long seed,
            Recorder recorder,
            Position start,
            GradientExchange exchange) {
        this.config = config;
        this.exchange = exchange;
        this.tally = task.tally();
        this.training =
                new TrainingStep(
                        session,
                        programs,
                        batches,
                        config.gradAccumulation(),
                        seed,
                        exchange,
                        tally);
        this.judge = judge(session, config, programs, task, seed, exchange);
        this.recorder = recorder;
        this.position = start;
        this.savedStep = start.step() > 0 && start.unfinished() == null ? start.step() : -1;
    }

    private static @Nullable Judge judge(
            Session session,
            TrainConfig config,
            TrainingPrograms programs,
            TrainingTask task,
            long seed,
            GradientExchange exchange) {
        Judge own = task.judge(config);
        if (own != null) {
            return own;
        }
        EvaluationBatches validation =
                programs.evaluate().isEmpty() ? null : task.validation(config, seed);
        return validation == null
                ? null
                : new Evaluation(session, programs.evaluate(), validation, task.tally(), exchange)
                        ::measure;
    }

    /// Tells what the steps before were like, which is what spikes are measured by.
    public void remember(Iterable<StepMetrics> before) {
        for (StepMetrics metrics : before) {
            remember(metrics);
        }
    }

    private void remember(StepMetrics metrics) {
        if (metrics.skipped() == null) {
            losses.add(metrics.loss());
            norms.add(metrics.gradNorm());
        }
        skipped = metrics.skipped() == null ? 0 : skipped + 1;
    }

    /// Runs until all steps are done or `stopping` says so, and saves a checkpoint of the last
    /// complete step.
    ///
    /// @return how far it came
    /// @throws DivergedException where losses or gradients stop being finite
    /// @throws StepRefusedException where a step's batches cannot be made, with a checkpoint saved
    public Position run(BooleanSupplier stopping) throws IOException {
        try {
            Unfinished rest = position.unfinished();
            boolean going = rest == null || finish(rest.metrics(), stopping);
            while (going && position.step() < config.steps()) {
                going = step(stopping);
            }
        } catch (StepRefusedException e) {
            saveUnlessSaved(); // the weights are good
            throw e;
        }
        saveUnlessSaved();
        return position;
    }

    /// Training loss of the last step, NaN where no step was done.
    public double lastLoss() {
        return lastLoss;
    }

    /// One step, unless it is asked to stop.
    ///
    /// @return whether it was done to its end
    private boolean step(BooleanSupplier stopping) throws IOException {
        long begin = System.nanoTime();
        int step = position.step();
        double rate = config.learningRates().at(step);
        TrainingStep.Result result = training.run(step, rate, stopping, this::accepts).orElse(null);
        if (result == null) {
            return false;
        }
        double seconds = (System.nanoTime() - begin) * 1e-9;
        position = new Position(step + 1, position.bestValidationLoss());
        boolean usual = result.positions() == config.tokensPerStep();
        var metrics =
                new StepMetrics(
                        step + 1,
                        result.loss(),
                        rate,
                        result.gradientNorm(),
                        result.positions() / seconds,
                        null,
                        null,
                        usual ? null : result.positions(),
                        result.updated() ? null : result.outcome().description(),
                        tally.take());
        return finish(metrics, stopping);
    }

    private boolean accepts(double loss) {
        return config.lossSpikeSkip() == 0 || losses.deviations(loss) <= config.lossSpikeSkip();
    }

    /// What there is to do after an update.
    ///
    /// @param metrics of the step, null where they are recorded
    /// @return whether it was done to its end
    private boolean finish(@Nullable StepMetrics metrics, BooleanSupplier stopping)
            throws IOException {
        position = position.leaving(null);
        if (metrics != null) {
            lastLoss = metrics.loss();
            StepMetrics complete;
            try {
                complete = validated(metrics, stopping);
            } catch (StepRefusedException e) {
                position = position.leaving(new Unfinished(metrics));
                savedStep = -1;
                throw e;
            }
            if (complete == null) {
                position = position.leaving(new Unfinished(metrics));
                savedStep = -1;
                return false;
            }
            complete = complete.counting(asked());
            recorder.step(complete);
            watch(complete);
        }
        // Before the checkpoint of the same step: a run that goes on from there does not sample
        // again.
        if (every(config.sampleInterval())
                && exchange.any(!recorder.sample(position.step()) && stopping.getAsBoolean())) {
            position = position.leaving(new Unfinished(null));
            savedStep = -1;
            return false;
        }
        // While steps fail, the checkpoints from before are all there is.
        if (config.checkpointInterval() > 0
                && position.step() % config.checkpointInterval() == 0
                && skipped == 0) {
            save();
        }
        return true;
    }

    private Map<String, Double> asked() throws IOException {
        int interval = config.evalTasks().isEmpty() ? 0 : config.evalTasksInterval();
        return interval > 0 && position.step() % interval == 0 ? recorder.ask() : Map.of();
    }

    private void watch(StepMetrics metrics) {
        double multiple = norms.multiple(metrics.gradNorm());
        if (config.gradNormAlarm() > 0 && multiple > config.gradNormAlarm()) {
            recorder.alarm(metrics, multiple);
        }
        remember(metrics);
        if (skipped >= MOST_SKIPPED) {
            throw new DivergedException(
                    "no weights were changed in the last %d steps up to step %d, because %s"
                            .formatted(skipped, position.step(), metrics.skipped()),
                    position.step() - skipped);
        }
    }

    /// Whether something that happens every so many steps, and after the last one, happens now.
    private boolean every(int interval) {
        return interval > 0
                && (position.step() % interval == 0 || position.step() == config.steps());
    }

    /// The metrics with what validation says, where it is due; null where it was given up.
    private @Nullable StepMetrics validated(StepMetrics metrics, BooleanSupplier stopping)
            throws IOException {
        if (judge == null || !every(config.evalInterval())) {
            return metrics;
        }
        Evaluation.Measured measured = judge.measure(config.evalBatches(), stopping);
        if (exchange.any(measured == null) || measured == null) {
            return null;
        }
        double loss = measured.loss();
        Double best = position.bestValidationLoss();
        if (Double.isFinite(loss) && (best == null || loss < best)) {
            position = new Position(position.step(), loss);
            recorder.best(loss);
        }
        var counted = new HashMap<>(metrics.metrics());
        measured.metrics().forEach((name, value) -> counted.put("eval_" + name, value));
        return metrics.validated(loss, counted);
    }

    private void saveUnlessSaved() throws IOException {
        if (savedStep != position.step()) {
            save();
        }
    }

    private void save() throws IOException {
        recorder.save(position, skipped > 0);
        savedStep = position.step();
    }
}
