package io.tornadogpt.examples;

import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.finetune.FineTuning;
import io.tornadogpt.finetune.Goal;
import io.tornadogpt.finetune.NewFineTuning;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The adder of Karpathy's minGPT: a tiny model with random weights learns to add two numbers of
/// two digits, from 9,000 of the 10,000 sums that there are. It is asked 1,000 of these and the
/// other 1,000.
///
/// Read next: [io.tornadogpt.finetune.task.SftTask]: prompts and completions are rows as any other.
public final class LearnToAdd {
    private static final long SEED = 1337;
    private static final int TRAIN = 9000;
    private static final int VALIDATION = 200;
    private static final int BATCH = 64;
    private static final int LAYERS = 2;
    private static final int CHANNELS = 128;

    private LearnToAdd() {}

    /// @param args a folder to write to; steps, if not 2,000
    public static void main(String[] args) throws IOException {
        Path folder = Files.createDirectories(Path.of(args[0]));
        int steps = Integer.parseInt(StoryModel.argument(args, 1, "2000"));
        List<Sums> all = Sums.ofTwoNumbers(SEED);
        List<Sums> known = all.subList(0, TRAIN);
        List<Sums> unknown = all.subList(TRAIN, all.size());
        StoredModel model = Sums.newModel(folder.resolve("new"), LAYERS, CHANNELS, SEED);
        System.out.printf(
                "%,d parameters; %s is to be continued by %s%n",
                model.model().parameterCount(),
                known.getFirst().question(),
                known.getFirst().answer());
        var begun =
                NewFineTuning.of(Goal.SFT, model, Sums.write(folder.resolve("known.jsonl"), known))
                        .validatingOn(
                                Sums.write(
                                        folder.resolve("unknown.jsonl"),
                                        unknown.subList(0, VALIDATION)))
                        .withSeed(SEED)
                        .with("train.batchSize=" + BATCH, "train.steps=" + steps)
                        .with("train.learningRate=2e-3", "train.beta2=0.95")
                        .with("train.weightDecay=0.1");
        Path best;
        try (var run = FineTuning.begin(folder.resolve("run"), begun)) {
            run.trainer().listener(new BookAnswers.Progress());
            best = run.train().model();
        }
        System.out.println("\n                    here   minGPT, 400k parameters, 50 epochs");
        List<Sums> asked = known.subList(0, unknown.size());
        System.out.printf(
                "sums it has seen  %6.2f %%   100.00 %%%n", 100 * Sums.right(best, asked));
        System.out.printf(
                "sums it has not   %6.2f %%   100.00 %%%n", 100 * Sums.right(best, unknown));
    }
}
