package io.tornadogpt.examples;

import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.GptModel;
import io.tornadogpt.core.model.LossProgram;
import io.tornadogpt.core.model.UpdateProgram;
import io.tornadogpt.core.op.AdamW;
import io.tornadogpt.tokenizer.BpeTrainer;
import io.tornadogpt.trainer.TrainingData;
import io.tornadogpt.trainer.data.Batches;
import io.tornadogpt.trainer.data.Tokens;

import java.io.IOException;
import java.util.List;
import java.util.Objects;

/// A training loop of one's own, with what [io.tornadogpt.trainer.Trainer] does not have: a
/// learning rate that is halved whenever the validation loss stops falling, until that helps no
/// more.
///
/// Three programs of one model share a session, and with it weights and gradients: `accumulate`
/// adds the gradients of a batch, `update` makes a step of them, `evaluate` only looks.
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

    private final LossProgram accumulate;
    private final LossProgram evaluate;
    private final UpdateProgram update;
    private final Session session;
    private final Tokens training;
    private final Tokens validation;
    private final int[] inputs = new int[BATCH * BLOCK];
    private final int[] targets = new int[BATCH * BLOCK];

    /// Writes the programs down and opens a session of them.
    private OwnTrainingLoop(TrainingData data) {
        var config = new GptConfig(2, 4, 64, BLOCK, data.vocabularySize(), false, 0);
        var model = new GptModel(config);
        training = data.training();
        validation = Objects.requireNonNull(data.validation());
        accumulate = model.accumulate(BATCH, BLOCK);
        evaluate = model.evaluate(BATCH, BLOCK);
        update = model.update(new AdamW.Settings(0.9, 0.99, 1e-8, 0.1), 1.0);
        session =
                Backends.named("cpu")
                        .open(List.of(accumulate.program(), evaluate.program(), update.program()));
        model.initialize(session, SEED);
        // What does not change from step to step is written once.
        session.write(accumulate.positions(), accumulate.everyPosition());
        session.write(accumulate.lossScale(), 1f);
        session.write(evaluate.positions(), evaluate.everyPosition());
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
        Batches batches = Batches.random(training, BATCH, BLOCK, SEED);
        double rate = FIRST_RATE;
        double best = Double.POSITIVE_INFINITY;
        for (int step = 1; step <= mostSteps && rate >= LAST_RATE; step++) {
            batches.fill(step, 0, inputs, targets);
            session.write(accumulate.tokens(), inputs);
            session.write(accumulate.targets(), targets);
            session.run("accumulate");
            session.write(update.schedule(), update.schedule(rate, step));
            session.run("update");
            if (step % EVALUATE_EVERY == 0 || step == mostSteps) {
                double loss = validate();
                boolean fell = loss < best - LEAST_GAIN;
                System.out.printf(
                        "step %3d  training %.3f  validation %.3f  rate %.4f%s%n",
                        step,
                        session.readFloats(accumulate.loss())[0],
                        loss,
                        rate,
                        fell ? "" : "  -> halved");
                rate = fell ? rate : rate / 2;
                best = Math.min(best, loss);
            }
        }
        System.out.printf("%nThe best validation loss is %.3f nats a token.%n", best);
    }

    /// The mean loss of batches that are the same every time.
    private double validate() {
        Batches batches = Batches.sequential(validation, BATCH, BLOCK, 1);
        int count = Math.clamp(validation.count() / inputs.length, 1, 8);
        double sum = 0;
        for (int i = 0; i < count; i++) {
            batches.fill(i, 0, inputs, targets);
            session.write(evaluate.tokens(), inputs);
            session.write(evaluate.targets(), targets);
            session.run("evaluate");
            sum += session.readFloats(evaluate.loss())[0];
        }
        return sum / count;
    }
}
