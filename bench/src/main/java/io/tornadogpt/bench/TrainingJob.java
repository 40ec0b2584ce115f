package io.tornadogpt.bench;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Profile;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.program.MemoryUse;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.trainer.data.Batches;
import io.tornadogpt.trainer.data.Tokens;
import io.tornadogpt.trainer.loop.GradientExchange;
import io.tornadogpt.trainer.loop.MemoryBudget;
import io.tornadogpt.trainer.loop.ModelFlops;
import io.tornadogpt.trainer.loop.TrainingPrograms;
import io.tornadogpt.trainer.loop.TrainingStep;
import io.tornadogpt.trainer.parallel.Communicator;
import io.tornadogpt.trainer.parallel.DividedTraining;
import io.tornadogpt.trainer.parallel.ExchangeTimes;
import io.tornadogpt.trainer.settings.RunSettings;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.jspecify.annotations.Nullable;

import java.util.Optional;
import java.util.SplittableRandom;

/// Training steps: micro-batches, clipping, AdamW. The tokens are random, for the time that a step
/// takes does not depend on them; nothing is evaluated or saved.
public final class TrainingJob implements Job {
    private static final long SEED = 1337;
    private static final int TOKENS = 1 << 20;

    private final Session session;
    private final TrainingStep training;
    private final double learningRate;
    private final Facts facts;
    private final DividedTraining.@Nullable CloseableExchange exchange;
    private int step;

    /// @param divided how the steps are divided, null where gradients are added up in place
    private TrainingJob(
            Model model,
            TrainConfig config,
            Session own,
            TrainingPrograms programs,
            @Nullable DividedTraining divided,
            Facts facts) {
        this.session = divided == null ? own : divided.whole(own);
        this.exchange = divided == null ? null : divided.exchange(own);
        this.learningRate = config.minLearningRate();
        this.facts = facts;
        int[] ids =
                new SplittableRandom(SEED).ints(TOKENS, 0, model.config().vocabulary()).toArray();
        Batches batches =
                Batches.random(Tokens.of(ids), config.batchSize(), config.blockSize(), SEED);
        GradientExchange among = exchange == null ? GradientExchange.ALONE : exchange.exchange();
        training =
                new TrainingStep(
                        session, programs, batches, config.gradAccumulation(), SEED, among);
        model.initialize(session, SEED);
    }

    /// Makes a model ready to be trained.
    ///
    /// @throws IllegalArgumentException where it does not fit into memory
    public static TrainingJob open(
            Backend backend, ModelConfig model, TrainConfig config, ExecutionOptions execution) {
        return open(backend, new RunSettings(model, config, true), execution);
    }

    /// Makes a model, or its adapter where the settings have one, ready to be trained.
    ///
    /// @throws IllegalArgumentException where it does not fit into memory
    public static TrainingJob open(
            Backend backend, RunSettings settings, ExecutionOptions execution) {
        return open(backend, settings, execution, Communicator.ALONE);
    }

    /// Makes one of several processes ready to train a model together.
    ///
    /// @param settings their micro-batches are those of a step over all processes
    /// @throws IllegalArgumentException where it does not fit into memory
    public static TrainingJob open(
            Backend backend,
            RunSettings settings,
            ExecutionOptions execution,
            Communicator communicator) {
        ModelConfig model = settings.model();
        TrainConfig config = settings.train();
        if (config.blockSize() > model.context()) {
            throw new IllegalArgumentException(
                    "train.blockSize is %d, but model.blockSize is %d; lower the first or raise the second"
                            .formatted(config.blockSize(), model.context()));
        }
        Model gpt = settings.sessionModel();
        TrainingPrograms whole = TrainingPrograms.of(gpt, config, false);
        DividedTraining divided =
                config.treeReduction()
                        ? DividedTraining.of(communicator, gpt, config, whole)
                        : null;
        TrainingPrograms programs = divided == null ? whole : divided.programs();
        long outside = divided == null ? 0 : divided.bytes(backend.name().equals("cpu"));
        MemoryUse plan = backend.plan(programs.programs());
        MemoryBudget.require(communicator.onThisMachine() * (plan.bytes() + outside));
        double flopsPerToken = new ModelFlops(model, config.blockSize()).training(gpt);
        var facts =
                new Facts(
                        backend.description(),
                        "step",
                        1,
                        config.tokensPerStep(),
                        flopsPerToken * config.tokensPerStep(),
                        0,
                        plan.bytes() + outside,
                        plan.bytes(Role.GRADIENT) + plan.bytes(Role.OPTIMIZER));
        Session session = backend.open(programs.programs(), execution);
        try {
            return new TrainingJob(gpt, config, session, programs, divided, facts);
        } catch (Throwable failure) {
            session.close();
            throw failure;
        }
    }

    @Override
    public Facts facts() {
        return facts;
    }

    @Override
    public Timing run() {
        long begin = System.nanoTime();
        TrainingStep.Result result = training.run(step, learningRate, () -> false).orElseThrow();
        step++;
        double milliseconds = (System.nanoTime() - begin) * 1e-6;
        if (!Double.isFinite(result.loss()) || !result.updated()) {
            throw new IllegalStateException(
                    "loss %s and gradient norm %s at step %d are not finite, so the time means nothing"
                            .formatted(result.loss(), result.gradientNorm(), step));
        }
        return new Timing(milliseconds, 0);
    }

    @Override
    public Optional<Profile> profile() {
        return session.profile();
    }

    /// Where the time of the exchange between processes went; empty where gradients are added up in
    /// place.
    public Optional<ExchangeTimes> exchangeTimes() {
        return Optional.ofNullable(exchange).map(DividedTraining.CloseableExchange::times);
    }

    @Override
    public void close() {
        if (exchange != null) {
            exchange.close();
        }
        session.close();
    }
}
