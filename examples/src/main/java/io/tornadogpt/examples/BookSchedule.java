package io.tornadogpt.examples;

import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.run.Trainer;
import io.tornadogpt.trainer.settings.TrainConfig;

import java.io.IOException;
import java.nio.file.Path;

/// Appendix D of "Build a Large Language Model (From Scratch)" by Sebastian Raschka: what chapter 5
/// trains is trained with a learning rate that warms up and then falls along a cosine, and with
/// gradients that are clipped.
///
/// Read next: [io.tornadogpt.trainer.settings.LearningRate], all schedules in one method.
public final class BookSchedule {
    private static final double CLIP = 1.0;
    private static final double WARM_UP = 0.2;

    private BookSchedule() {}

    /// @param args the text of "The Verdict" by Edith Wharton, as the book has it; a folder to
    ///   write to; epochs, if not 15; channels, if not 768
    public static void main(String[] args) throws IOException {
        int epochs = Integer.parseInt(StoryModel.argument(args, 2, "15"));
        int channels = Integer.parseInt(StoryModel.argument(args, 3, "768"));
        var curve = new BookStory.Curve();
        try (var story = BookStory.open(Path.of(args[0]), channels)) {
            TrainConfig plain = story.train(epochs);
            TrainConfig train =
                    plain.with(
                            "learningRate=1e-3",
                            "minLearningRate=1e-5",
                            "schedule=cosine",
                            "warmupSteps=" + (int) (WARM_UP * plain.steps()),
                            "gradClip=" + CLIP);
            new Trainer(story.model(), train, story.data(), Path.of(args[1]))
                    .seed(BookStory.SEED)
                    .listener(curve)
                    .run();
            double largest =
                    curve.steps().stream().mapToDouble(StepMetrics::gradNorm).max().orElse(0);
            long clipped = curve.steps().stream().filter(step -> step.gradNorm() > CLIP).count();
            System.out.printf(
                    "%ngradients of %d of %d steps were longer than %.0f, the longest %.2f%n",
                    clipped, curve.steps().size(), CLIP, largest);
            System.out.println("\n                                here   book");
            System.out.printf("steps of warm-up            %8d     27%n", train.warmupSteps());
            System.out.printf(
                    "learning rate, first        %8.1e   1e-5%n", curve.steps().getFirst().lr());
            System.out.printf(
                    "learning rate, highest      %8.1e   1e-3%n",
                    curve.steps().stream().mapToDouble(StepMetrics::lr).max().orElse(0));
            System.out.printf(
                    "learning rate, last         %8.1e   1e-5%n", curve.steps().getLast().lr());
            System.out.printf(
                    "training loss, last epoch   %8.3f  1.312%n",
                    curve.training(story.stepsOfEpoch()));
            System.out.printf("unseen, lowest              %8.3f  6.122", curve.best().valLoss());
            System.out.printf("  (step %d, book: 95)%n", curve.best().step());
            System.out.printf("unseen, last                %8.3f  6.158%n", curve.unseen());
        }
    }
}
