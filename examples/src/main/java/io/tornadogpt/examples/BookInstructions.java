package io.tornadogpt.examples;

import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.finetune.FineTuning;
import io.tornadogpt.finetune.Goal;
import io.tornadogpt.finetune.NewFineTuning;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/// Chapter 7 of "Build a Large Language Model (From Scratch)" by Sebastian Raschka: a model that
/// continues texts learns to answer instructions. The book's figures are those of GPT-2's medium
/// size with published weights: MODEL_DIR is where they are, as `./gpt download
/// openai-community/gpt2-medium` fetches them. Any other model will do, and learns less.
///
/// As in the book all tokens are learned, those of the instruction too; without `sft.loss` only
/// answers are.
///
/// Read next: [io.tornadogpt.finetune.data.ExampleEncoder], which says what is learned of a row.
public final class BookInstructions {
    private static final long SEED = 123;

    private BookInstructions() {}

    /// @param args a model, the book's `instruction-data.json`, a folder to write to; epochs, if
    ///   not 2, and the learning rate, if not the book's 5e-5
    public static void main(String[] args) throws IOException {
        Path base = Path.of(args[0]);
        Path folder = Path.of(args[2]);
        String epochs = StoryModel.argument(args, 3, "2");
        String rate = StoryModel.argument(args, 4, "5e-5");
        BookAnswers rows = BookAnswers.read(Path.of(args[1]));
        Path train = BookAnswers.write(folder.resolve("train.jsonl"), rows.train());
        Path validation = BookAnswers.write(folder.resolve("validation.jsonl"), rows.validation());
        List<String> before = rows.answers(base);

        var begun =
                NewFineTuning.of(Goal.SFT, StoredModel.open(base), train)
                        .validatingOn(validation)
                        .withSeed(SEED)
                        .with("data.template=alpaca", "sft.loss=all", "data.epochs=" + epochs)
                        .with("train.learningRate=" + rate, "train.weightDecay=0.1")
                        .with("train.schedule=constant", "train.warmupSteps=0");
        var progress = new BookAnswers.Progress();
        Path best;
        try (var run = FineTuning.begin(folder.resolve("run"), begun)) {
            run.trainer().listener(progress);
            best = run.train().model();
        }
        rows.compare(before, rows.answers(best), "output");
        System.out.println("\n                 here   book, GPT-2 medium");
        System.out.printf("training loss  %6.3f   0.300%n", progress.validated().getLast().loss());
        System.out.printf(
                "unseen, lowest %6.3f   0.628%n",
                progress.validated().stream()
                        .mapToDouble(step -> Objects.requireNonNull(step.valLoss()))
                        .min()
                        .orElse(Double.NaN));
        System.out.println("the model is in " + best);
    }
}
