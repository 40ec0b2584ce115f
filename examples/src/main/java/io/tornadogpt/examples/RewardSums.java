package io.tornadogpt.examples;

import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.finetune.FineTuning;
import io.tornadogpt.finetune.Goal;
import io.tornadogpt.finetune.NewFineTuning;
import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.run.TrainingListener;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A tiny model learns to add by rewards, with group relative policy optimization (Shao et al.,
/// "DeepSeekMath", 2024). First it is shown some sums of four digits with their answers, until it
/// gets about one in ten right; from then on it is only told whether its own answers are right. Of
/// the 1,296 sums 900 are trained on, 96 say which of the models on the way is the best, and 300
/// are held out until the end.
///
/// Read next: [io.tornadogpt.finetune.task.GrpoTask], where answers are generated with the weights
/// as they stand.
public final class RewardSums {
    private static final int HELD_OUT = 300;
    private static final int VALIDATION = 96;
    private static final int LAYERS = 2;
    private static final int CHANNELS = 64;
    private static final int SHOWN_STEPS = 10;

    private RewardSums() {}

    /// @param args a folder to write to; steps of rewards, if not 1,500; a seed, if not 1
    public static void main(String[] args) throws IOException {
        Path folder = Files.createDirectories(Path.of(args[0]));
        int steps = Integer.parseInt(StoryModel.argument(args, 1, "1500"));
        long seed = Long.parseLong(StoryModel.argument(args, 2, "1"));
        List<Sums> all = Sums.ofFourDigits(seed);
        List<Sums> heldOut = all.subList(0, HELD_OUT);
        List<Sums> others = all.subList(HELD_OUT, all.size());
        Path validation =
                Sums.write(folder.resolve("validation.jsonl"), others.subList(0, VALIDATION));
        Path train =
                Sums.write(
                        folder.resolve("train.jsonl"), others.subList(VALIDATION, others.size()));
        StoredModel model = Sums.newModel(folder.resolve("new"), LAYERS, CHANNELS, seed);
        System.out.printf("%,d parameters, seed %d%n", model.model().parameterCount(), seed);

        var shown =
                NewFineTuning.of(Goal.SFT, model, train)
                        .validatingOn(validation)
                        .withSeed(seed)
                        .with("train.batchSize=64", "train.steps=" + Math.min(steps, SHOWN_STEPS))
                        .with("train.learningRate=1e-3", "train.evalInterval=5");
        Path beginner = train(folder.resolve("shown"), shown);
        double before = Sums.right(beginner, heldOut);
        System.out.printf("shown answers: %.1f %% of held-out sums are right%n", 100 * before);

        var rewarded =
                NewFineTuning.of(Goal.GRPO, StoredModel.open(beginner), train)
                        .validatingOn(validation)
                        .withSeed(seed)
                        .with("grpo.reward=exact_match", "grpo.groupSize=16", "grpo.maxNewTokens=3")
                        .with("train.batchSize=256", "train.steps=" + steps)
                        .with("train.learningRate=5e-4", "train.warmupSteps=10");
        Path adder = train(folder.resolve("rewarded"), rewarded);
        System.out.println("\nheld-out sums that are right");
        System.out.printf("after it was shown answers   %5.1f %%%n", 100 * before);
        System.out.printf(
                "after it was rewarded        %5.1f %%%n", 100 * Sums.right(adder, heldOut));
    }

    private static Path train(Path folder, NewFineTuning begun) throws IOException {
        try (var run = FineTuning.begin(folder, begun)) {
            run.trainer().listener(new Progress());
            return run.train().model();
        }
    }

    /// A line at each evaluation.
    private static final class Progress implements TrainingListener {
        @Override
        public void step(StepMetrics metrics) {
            if (metrics.valLoss() == null) {
                return;
            }
            Double reward = metrics.metrics().get("reward");
            System.out.println(
                    reward == null
                            ? "step %3d  loss %.3f  unseen %.3f"
                                    .formatted(metrics.step(), metrics.loss(), metrics.valLoss())
                            : "step %3d  right of its answers %.3f  of sums to validate %.3f"
                                    .formatted(metrics.step(), reward, -metrics.valLoss()));
        }
    }
}
