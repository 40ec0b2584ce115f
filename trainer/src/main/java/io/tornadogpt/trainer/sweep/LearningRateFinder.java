package io.tornadogpt.trainer.sweep;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.loop.MemoryBudget;
import io.tornadogpt.trainer.loop.TextTask;
import io.tornadogpt.trainer.loop.TrainingPrograms;
import io.tornadogpt.trainer.loop.TrainingStep;
import io.tornadogpt.trainer.run.NewRun;
import io.tornadogpt.trainer.settings.RunSettings;
import io.tornadogpt.trainer.settings.TrainConfig;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// Finds a learning rate in one short run: the rate grows by the same ratio at each step, and the
/// loss first falls and then grows (Smith 2015, "Cyclical Learning Rates for Training Neural
/// Networks", section 3.3). Smoothing (an exponential mean with 0.98, corrected for its beginning)
/// and the end (at four times the lowest smoothed loss) are those of fastai's `lr_find`.
///
/// The run leaves nothing behind: its weights are of no use.
///
/// @param low the first rate
/// @param high the last rate
/// @param steps at most
public record LearningRateFinder(double low, double high, int steps) {
    private static final double SMOOTHING = 0.98;
    private static final double DIVERGED = 4;

    /// From 1e-6 to 1 in 150 steps.
    public static final LearningRateFinder USUAL = new LearningRateFinder(1e-6, 1, 150);

    /// Hears of steps.
    @FunctionalInterface
    public interface Listener {
        /// A step is done.
        void step(int step, double rate, double loss);
    }

    public LearningRateFinder {
        if (!(low > 0 && low < high && Double.isFinite(high)) || steps < 10) {
            throw new IllegalArgumentException(
                    "no learning rates go from %s to %s in %d steps; expected 0 < low < high, and 10 steps or more"
                            .formatted(low, high, steps));
        }
    }

    /// The learning rate of a step, counted from 0.
    public double rate(int step) {
        return low * StrictMath.pow(high / low, step / (steps - 1.0));
    }

    /// Trains until the loss diverges or the rates are through.
    ///
    /// @param run whose rate is looked for; of its settings `train.learningRate`, its schedule and
    ///   `train.steps` do not matter
    /// @param data that it trains on; stays open
    /// @param threads of a CPU device, 0 for one a processor
    public LearningRateCurve find(
            NewRun run, TrainingData data, int threads, BooleanSupplier stopping, Listener listener)
            throws IOException {
        RunSettings settings = run.settings().forVocabulary(data.vocabularySize());
        TrainConfig config = settings.train();
        config.requireObjective(settings.model());
        data.requireBlock(run.source(), config.blockSize());
        data.requireVocabulary(settings.model().vocabulary());
        var task = new TextTask(data);
        Model model = settings.sessionModel();
        TrainingPrograms programs = TrainingPrograms.of(model, config, task);
        Backend backend = Backends.named(run.device());
        List<Program> all = programs.programs();
        MemoryBudget.require(backend.plan(all).bytes());
        try (Session session = backend.open(all, new ExecutionOptions(threads))) {
            if (run.weights() == null) {
                settings.initialize(model, session, run.seed());
            } else {
                run.weights().load(model, session);
            }
            var step =
                    new TrainingStep(
                            session,
                            programs,
                            task.batches(config, run.order(), run.seed()),
                            config.gradAccumulation(),
                            run.seed());
            return ramp(step, stopping, listener);
        }
    }

    private LearningRateCurve ramp(TrainingStep step, BooleanSupplier stopping, Listener listener) {
        var rates = new double[steps];
        var losses = new double[steps];
        var smoothed = new double[steps];
        double mean = 0;
        double lowest = Double.POSITIVE_INFINITY;
        int done = 0;
        while (done < steps) {
            double rate = rate(done);
            Optional<TrainingStep.Result> result = step.run(done, rate, stopping);
            double loss = result.map(TrainingStep.Result::loss).orElse(Double.NaN);
            if (!Double.isFinite(loss)) {
                break; // stopped, or diverged
            }
            mean = SMOOTHING * mean + (1 - SMOOTHING) * loss;
            rates[done] = rate;
            losses[done] = loss;
            smoothed[done] = mean / (1 - StrictMath.pow(SMOOTHING, done + 1));
            listener.step(done, rate, loss);
            lowest = Math.min(lowest, smoothed[done]);
            done++;
            if (smoothed[done - 1] > DIVERGED * lowest) {
                break;
            }
        }
        return new LearningRateCurve(
                Arrays.copyOf(rates, done),
                Arrays.copyOf(losses, done),
                Arrays.copyOf(smoothed, done));
    }
}
