package io.tornadogpt.examples;

import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.finetune.FineTuning;
import io.tornadogpt.finetune.Goal;
import io.tornadogpt.finetune.NewFineTuning;
import io.tornadogpt.trainer.metrics.StepMetrics;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// The bonus of chapter 7 of "Build a Large Language Model (From Scratch)" by Sebastian Raschka: of
/// two answers a model learns to prefer the polite one, by direct preference optimization (Rafailov
/// et al., 2023). MODEL_DIR is a model that answers instructions, such as the one that
/// `BookInstructions` leaves.
///
/// The book's log-probabilities are means over the tokens of an answer, and its margins are without
/// beta. Here, as in the paper, log-probabilities are sums and margins are with beta; so the same
/// learning rate goes further here.
///
/// Read next: [io.tornadogpt.finetune.task.DpoTask], which needs no second model in memory.
public final class BookPreferences {
    private static final long SEED = 123;
    private static final String MARGINS = "eval_rewards/margins";
    private static final String ACCURACIES = "eval_rewards/accuracies";

    private BookPreferences() {}

    /// @param args a model, the book's `preference-data.json` (instruction-data-with-preference), a
    ///   folder to write to; epochs, if not 1, and the learning rate, if not the book's 5e-6
    public static void main(String[] args) throws IOException {
        Path base = Path.of(args[0]);
        Path folder = Path.of(args[2]);
        String epochs = StoryModel.argument(args, 3, "1");
        String rate = StoryModel.argument(args, 4, "5e-6");
        BookAnswers rows = BookAnswers.read(Path.of(args[1]));
        Path train = BookAnswers.write(folder.resolve("train.jsonl"), rows.train());
        Path validation = BookAnswers.write(folder.resolve("validation.jsonl"), rows.validation());
        List<String> before = rows.answers(base);

        var begun =
                NewFineTuning.of(Goal.DPO, StoredModel.open(base), train)
                        .validatingOn(validation)
                        .withSeed(SEED)
                        .with("data.template=alpaca", "dpo.beta=0.1", "data.epochs=" + epochs)
                        .with("train.learningRate=" + rate, "train.weightDecay=0.01")
                        .with("train.schedule=constant", "train.warmupSteps=0");
        var progress = new BookAnswers.Progress(MARGINS, ACCURACIES);
        Path best;
        try (var run = FineTuning.begin(folder.resolve("run"), begun)) {
            run.trainer().listener(progress);
            best = run.train().model();
        }
        rows.compare(before, rows.answers(best), "chosen");
        StepMetrics first = progress.steps().getFirst();
        StepMetrics last = progress.validated().getLast();
        System.out.println("\n                              here   book, GPT-2 medium");
        System.out.printf("first step (ln 2 = 0.693)   %6.3f   0.693%n", first.loss());
        System.out.printf("unseen, last                %6.3f   0.610%n", last.valLoss());
        System.out.printf(
                "margin of rewards           %6.3f   0.198 (1.975 without beta)%n",
                last.metrics().get(MARGINS));
        System.out.printf("preferred rightly           %6.3f%n", last.metrics().get(ACCURACIES));
        System.out.println("the model is in " + best);
    }
}
