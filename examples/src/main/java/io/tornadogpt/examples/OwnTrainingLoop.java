package io.tornadogpt.examples;

import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.Trainable;
import io.tornadogpt.core.op.AdamW;
import io.tornadogpt.tokenizer.BpeTrainer;
import io.tornadogpt.trainer.data.Batch;
import io.tornadogpt.trainer.data.Batches;
import io.tornadogpt.trainer.data.Tokens;
import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.loop.TrainingPrograms;
import io.tornadogpt.trainer.loop.TrainingStep;

import java.io.IOException;
import java.util.List;
import java.util.Objects;

/// A training loop of one's own, with what [io.tornadogpt.trainer.run.Trainer] does not have: a
/// learning rate that is halved whenever the validation loss stops falling, until that helps no
/// more.
///
/// Three programs of one model share a session, and with it weights and gradients: `accumulate`
/// adds the gradients of a batch, `update` changes the weights by them, `evaluate` only looks. A
/// [TrainingStep] runs the first two; when, and with which learning rate, is this loop's business.
public final class OwnTrainingLoop {
    private static final int VOCABULARY = 512;
    private static final int BATCH = 12;
    private static final int BLOCK = 48;
    private static final int EVALUATE_EVERY = 25;
    private static final long SEED = 1;

    /// A loss that fell by less has not fallen.
    private static final double LEAST_GAIN = 0.02;

    private static final double FIRST_RATE = 8e-3;
    private static final double LAST_RATE = 1e-3;

    private final LossProgram evaluate;
    private final Session session;
    private final TrainingStep training;
    private final Tokens validation;
    private final Batch batch;

    /// Writes the programs down and opens a session of them.
    private OwnTrainingLoop(TrainingData data) {
        var model = new Model(new GptConfig(2, 4, 64, BLOCK, data.vocabularySize(), false, 0));
        validation = Objects.requireNonNull(data.validation());
        evaluate = model.evaluate(BATCH, BLOCK);
        var programs =
                new TrainingPrograms(
                        Trainable.all(model),
                        List.of(model.accumulate(BATCH, BLOCK)),
                        model.update(new AdamW.Settings(0.9, 0.99, 1e-8, 0.1), 1.0),
                        List.of(evaluate));
        session = Backends.standard().open(programs.programs());
        model.initialize(session, SEED);
        Batches batches = Batches.random(data.training(), BATCH, BLOCK, SEED);
        training = new TrainingStep(session, programs, batches, 1, SEED);
        batch = new Batch(evaluate);
    }

    /// @param args how many steps at most, if not 600
    public static void main(String[] args) throws IOException {
        int mostSteps = Integer.parseInt(StoryModel.argument(args, 0, "600"));
        String text = StoryModel.stories(200_000);
        try (var data = TrainingData.of(new BpeTrainer(VOCABULARY).train(text), text)) {
            var loop = new OwnTrainingLoop(data);
            try (Session _ = loop.session) {
                loop.train(mostSteps);
            }
        }
    }

    private void train(int mostSteps) {
        double rate = FIRST_RATE;
        double best = Double.POSITIVE_INFINITY;
        for (int step = 1; step <= mostSteps && rate >= LAST_RATE; step++) {
            TrainingStep.Result result = training.run(step, rate, () -> false).orElseThrow();
            if (step % EVALUATE_EVERY == 0 || step == mostSteps) {
                double loss = validate();
                boolean fell = loss < best - LEAST_GAIN;
                System.out.printf(
                        "step %3d  training %.3f  validation %.3f  rate %.4f%s%n",
                        step, result.loss(), loss, rate, fell ? "" : "  -> halved");
                rate = fell ? rate : rate / 2;
                best = Math.min(best, loss);
            }
        }
        System.out.printf("%nThe best validation loss is %.3f nats a token.%n", best);
    }

    /// The mean loss of batches that are the same every time.
    private double validate() {
        Batches batches = Batches.sequential(validation, BATCH, BLOCK, 1);
        int count = Math.clamp(validation.count() / (BATCH * BLOCK), 1, 8);
        double sum = 0;
        double targets = 0;
        for (int i = 0; i < count; i++) {
            targets += batches.fill(i, 0, batch);
            batch.write(session);
            session.run("evaluate");
            sum += session.readFloats(evaluate.loss())[0];
        }
        return sum / targets;
    }
}
