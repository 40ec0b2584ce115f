package io.tornadogpt.bench;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Profile;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.GptModel;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.model.UpdateProgram;
import io.tornadogpt.core.program.MemoryUse;
import io.tornadogpt.trainer.MemoryBudget;
import io.tornadogpt.trainer.ModelFlops;
import io.tornadogpt.trainer.TrainConfig;
import io.tornadogpt.trainer.TrainingPrograms;
import io.tornadogpt.trainer.data.Batches;
import io.tornadogpt.trainer.data.Tokens;

import java.util.Optional;
import java.util.SplittableRandom;

/// Training steps: micro-batches, clipping, AdamW. The tokens are random, for the time that a step
/// takes does not depend on them; nothing is evaluated or saved.
public final class TrainingJob implements Job {
    private static final long SEED = 1337;
    private static final int TOKENS = 1 << 20;

    private final TrainConfig config;
    private final boolean dropout;
    private final Session session;
    private final LossProgram accumulate;
    private final UpdateProgram update;
    private final Batches batches;
    private final int[] inputs;
    private final int[] targets;
    private final Facts facts;
    private int step;

    private TrainingJob(
            GptModel model,
            TrainConfig config,
            Session session,
            TrainingPrograms programs,
            Facts facts) {
        this.config = config;
        this.dropout = model.config().dropout() > 0;
        this.session = session;
        this.accumulate = programs.accumulate();
        this.update = programs.update();
        this.facts = facts;
        int vocabulary = model.config().vocabSize();
        int[] ids = new SplittableRandom(SEED).ints(TOKENS, 0, vocabulary).toArray();
        batches = Batches.random(Tokens.of(ids), config.batchSize(), config.blockSize(), SEED);
        inputs = new int[config.batchSize() * config.blockSize()];
        targets = new int[inputs.length];
        model.initialize(session, SEED);
        session.write(accumulate.positions(), accumulate.everyPosition());
        session.write(accumulate.lossScale(), 1f / config.gradAccumulation());
    }

    /// Makes a model ready to be trained.
    ///
    /// @throws IllegalArgumentException where it does not fit into memory
    public static TrainingJob open(
            Backend backend, GptConfig model, TrainConfig config, ExecutionOptions execution) {
        if (config.blockSize() > model.blockSize()) {
            throw new IllegalArgumentException(
                    "train.blockSize is %d, but model.blockSize is %d; lower the first or raise the second"
                            .formatted(config.blockSize(), model.blockSize()));
        }
        var gpt = new GptModel(model);
        TrainingPrograms programs = TrainingPrograms.of(gpt, config, false);
        MemoryUse plan = backend.plan(programs.programs());
        MemoryBudget.require(plan.bytes());
        double flopsPerToken = new ModelFlops(model, config.blockSize()).training();
        var facts =
                new Facts(
                        backend.description(),
                        "step",
                        1,
                        config.tokensPerStep(),
                        flopsPerToken * config.tokensPerStep(),
                        0,
                        plan.bytes());
        Session session = backend.open(programs.programs(), execution);
        try {
            return new TrainingJob(gpt, config, session, programs, facts);
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
        for (int micro = 0; micro < config.gradAccumulation(); micro++) {
            batches.fill(step, micro, inputs, targets);
            session.write(accumulate.tokens(), inputs);
            session.write(accumulate.targets(), targets);
            if (dropout) {
                session.write(accumulate.rng(), (int) SEED, (int) (SEED >>> 32), step, micro);
            }
            session.run(accumulate.program().name());
        }
        float loss = session.readFloats(accumulate.loss())[0];
        step++;
        session.write(update.schedule(), update.schedule(config.minLearningRate(), step));
        session.run(update.program().name());
        float norm = session.readFloats(update.norm())[0];
        double milliseconds = (System.nanoTime() - begin) * 1e-6;
        if (!Float.isFinite(loss) || !Float.isFinite(norm)) {
            throw new IllegalStateException(
                    "loss %s and gradient norm %s at step %d are not finite, so its time says nothing"
                            .formatted(loss, norm, step));
        }
        return new Timing(milliseconds, 0);
    }

    @Override
    public Optional<Profile> profile() {
        return session.profile();
    }

    @Override
    public void close() {
        session.close();
    }
}
