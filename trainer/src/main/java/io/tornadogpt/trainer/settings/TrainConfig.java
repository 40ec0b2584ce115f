package io.tornadogpt.trainer.settings;

import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.Trainable;
import io.tornadogpt.core.model.family.Task;

import java.util.Locale;
import java.util.function.DoublePredicate;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// How a model is trained: the settings `train.*`.
///
/// An interval is a number of steps; 0 means never.
///
/// @param batchSize rows of a micro-batch
/// @param blockSize tokens of a row; at most the model's
/// @param steps updates in all
/// @param learningRate its peak
/// @param minLearningRate where the schedule ends
/// @param schedule how it gets there
/// @param warmupSteps steps in which the learning rate rises to its peak
/// @param weightDecay decoupled decay, of matrices only
/// @param beta1 AdamW's decay of the mean of gradients
/// @param beta2 AdamW's decay of the mean of their squares
/// @param epsilon added to AdamW's denominator
/// @param gradClip longest gradient that is not scaled down; 0 clips nothing
/// @param gradAccumulation micro-batches of a step
/// @param evalInterval steps between evaluations
/// @param evalBatches batches of an evaluation, spread over the validation part; 0 takes all of it
/// @param checkpointInterval steps between checkpoints
/// @param keepCheckpoints how many checkpoints are kept, the newest ones
/// @param sampleInterval steps between samples
/// @param gradientCheckpointing whether the activations of a layer are computed again for its
///   gradients rather than kept: less memory, more time, the same bits. Often thought of as the
///   model's, so `model.gradientCheckpointing` sets it too
/// @param lossSpikeSkip how many standard deviations the loss of a step may lie above the mean of
///   the last 100 before its update is left out; 0 leaves none out
/// @param gradNormAlarm how many times the mean of the last 100 the norm of the gradients may be
///   before there is a warning; 0 never warns
/// @param frozen weights that are not trained: a regular expression that is found in their names,
///   the number of the layer filled in, as in `h\.[0-5]\.|wte|wpe`; empty to train all. They cost
///   neither gradients nor optimizer state
/// @param objective what is predicted: clm, the next token; or mlm, tokens that are masked
/// @param treeReduction whether gradients of a step's micro-batches are added up by a binary tree,
///   as several processes add them, which gives the same bits for any number of processes, one too.
///   Runs of several processes set it
/// @param mup the width at which the maximal update parametrization ([Mup]) scales nothing; 0 to
///   train without it. Often thought of as the model's, so `model.mup` sets it too
/// @param mupHeadSize size of a head at that width; 0 for as many heads as the model has
/// @param evalTasks what the model is asked while it is trained and at the end: names with commas
///   between them, as whoever trains knows them; empty for nothing
/// @param evalTasksInterval steps between such questions; 0 to ask at the end only
/// @param evalTasksLimit items of each task; 0 for all
/// @param evalTasksData the folder of the tasks' files
public record TrainConfig(
        int batchSize,
        int blockSize,
        int steps,
        double learningRate,
        double minLearningRate,
        Schedule schedule,
        int warmupSteps,
        double weightDecay,
        double beta1,
        double beta2,
        double epsilon,
        double gradClip,
        int gradAccumulation,
        int evalInterval,
        int evalBatches,
        int checkpointInterval,
        int keepCheckpoints,
        int sampleInterval,
        @Settings.Alias("model.gradientCheckpointing") boolean gradientCheckpointing,
        double lossSpikeSkip,
        double gradNormAlarm,
        String frozen,
        ModelObjective objective,
        boolean treeReduction,
        @Settings.Alias("model.mup") int mup,
        @Settings.Alias("model.mupHeadSize") int mupHeadSize,
        String evalTasks,
        int evalTasksInterval,
        int evalTasksLimit,
        String evalTasksData) {

    /// The group of these settings in files and on the command line.
    public static final String GROUP = "train";

    /// @throws IllegalArgumentException naming the setting, its value and what is expected
    public TrainConfig {
        atLeast(1, "batchSize", batchSize);
        atLeast(1, "blockSize", blockSize);
        if (batchSize > Integer.MAX_VALUE / blockSize) {
            throw new IllegalArgumentException(
                    "%s.batchSize is %d; expected at most %d with %1$s.blockSize %d"
                            .formatted(GROUP, batchSize, Integer.MAX_VALUE / blockSize, blockSize));
        }
        atLeast(1, "steps", steps);
        require(learningRate, "learningRate", "more than 0", v -> v > 0);
        require(minLearningRate, "minLearningRate", "0 or more", v -> v >= 0);
        double peak = learningRate;
        require(
                minLearningRate,
                "minLearningRate",
                "at most train.learningRate, " + peak,
                v -> v <= peak);
        atLeast(0, "warmupSteps", warmupSteps);
        require(weightDecay, "weightDecay", "0 or more", v -> v >= 0);
        require(beta1, "beta1", "0 or more and less than 1", v -> v >= 0 && v < 1);
        require(beta2, "beta2", "0 or more and less than 1", v -> v >= 0 && v < 1);
        require(epsilon, "epsilon", "more than 0", v -> v > 0);
        require(gradClip, "gradClip", "0 (never) or more", v -> v >= 0);
        atLeast(1, "gradAccumulation", gradAccumulation);
        atLeast(0, "evalInterval", evalInterval);
        atLeast(0, "evalBatches", evalBatches);
        atLeast(0, "checkpointInterval", checkpointInterval);
        atLeast(1, "keepCheckpoints", keepCheckpoints);
        atLeast(0, "sampleInterval", sampleInterval);
        atLeast(0, "mup", mup);
        atLeast(0, "mupHeadSize", mupHeadSize);
        atLeast(0, "evalTasksInterval", evalTasksInterval);
        atLeast(0, "evalTasksLimit", evalTasksLimit);
        require(lossSpikeSkip, "lossSpikeSkip", "0 (never) or more", v -> v >= 0);
        require(gradNormAlarm, "gradNormAlarm", "0 (never) or more", v -> v >= 0);
        try {
            Pattern.compile(frozen);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    "%s.frozen is '%s', which is no regular expression (%s)"
                            .formatted(GROUP, frozen, e.getDescription()),
                    e);
        }
    }

    /// nanoGPT's recipe for a small character model on a CPU.
    public static TrainConfig defaults() {
        return new TrainConfig(
                12,
                64,
                2000,
                1e-3,
                1e-4,
                Schedule.COSINE,
                100,
                0.1,
                0.9,
                0.99,
                1e-8,
                1.0,
                1,
                250,
                20,
                500,
                2,
                500,
                false,
                0,
                0,
                "",
                ModelObjective.CLM,
                false,
                0,
                0,
                "",
                0,
                100,
                "data");
    }

    /// The same with other values: `with("steps=500", "batchSize=8")`.
    public TrainConfig with(String... assignments) {
        Settings settings = Settings.of(GROUP, this);
        for (String assignment : assignments) {
            settings = settings.with(GROUP + "." + assignment);
        }
        return settings.record(GROUP, TrainConfig.class);
    }

    /// What is trained of a model, or of its adapter where it has one: all but what is [#frozen].
    ///
    /// @throws IllegalArgumentException where nothing is left to train
    public Trainable trainable(Model model) {
        Trainable chosen = chosen(model);
        Mup parametrization = model.adapter() == null ? Mup.of(this, model.config()) : null;
        return parametrization == null ? chosen : parametrization.scaled(chosen);
    }

    private Trainable chosen(Model model) {
        if (frozen.isEmpty()) {
            return Trainable.of(model);
        }
        Predicate<String> isFrozen = Pattern.compile(frozen).asPredicate();
        try {
            return Trainable.of(model).where(isFrozen.negate());
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "%s.frozen is '%s': %s".formatted(GROUP, frozen, e.getMessage()), e);
        }
    }

    /// Checks that a model can learn what it is to be trained for.
    ///
    /// @throws IllegalArgumentException naming the setting, and what it has to be for this model
    public void requireObjective(ModelConfig model) {
        boolean causal = model.architecture().attention().causal();
        ModelObjective fits = causal ? ModelObjective.CLM : ModelObjective.MLM;
        if (objective != fits) {
            throw new IllegalArgumentException(
                    "%s.objective is %s, but a %s model sees %s; set %s.objective=%s"
                            .formatted(
                                    GROUP,
                                    objective.name().toLowerCase(Locale.ROOT),
                                    model.family().modelType(),
                                    causal ? "only what comes before a token" : "the whole text",
                                    GROUP,
                                    fits.name().toLowerCase(Locale.ROOT)));
        }
        if (!causal && !(model.task() instanceof Task.Tokens)) {
            throw new IllegalArgumentException(
                    "this model is a %s, which has no head for tokens to train; use a %s"
                            .formatted(
                                    model.family().architectureClass(model.task()),
                                    model.family().architectureClass(new Task.Tokens())));
        }
    }

    /// The learning rate of each step.
    public LearningRate learningRates() {
        return new LearningRate(schedule, learningRate, minLearningRate, warmupSteps, steps);
    }

    /// Tokens that one step is trained on.
    public long tokensPerStep() {
        return (long) batchSize * blockSize * gradAccumulation;
    }

    private static void atLeast(int least, String key, int value) {
        if (value < least) {
            throw new IllegalArgumentException(
                    "%s.%s is %d; expected %d or more".formatted(GROUP, key, value, least));
        }
    }

    private static void require(
            double value, String key, String expected, DoublePredicate condition) {
        if (!Double.isFinite(value) || !condition.test(value)) {
            throw new IllegalArgumentException(
                    "%s.%s is %s; expected %s".formatted(GROUP, key, value, expected));
        }
    }
}
