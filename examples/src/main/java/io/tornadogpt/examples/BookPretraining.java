package io.tornadogpt.examples;

import io.tornadogpt.trainer.run.Trainer;
import io.tornadogpt.trainer.run.TrainingResult;

import java.io.IOException;
import java.nio.file.Path;

/// Chapter 5 of "Build a Large Language Model (From Scratch)" by Sebastian Raschka: a model of
/// GPT-2's smallest size learns a short story, ten times over. The story is far too short for it:
/// the training loss falls to where the model knows the story by heart, while the loss on the part
/// that it has not seen rises again.
///
/// In the book the rows of an epoch come in a random order, here rows begin at random places; and
/// here queries, keys and values have biases, as GPT-2's have.
///
/// Read next: [io.tornadogpt.trainer.loop.TrainingLoop], which finds the best model.
public final class BookPretraining {
    private BookPretraining() {}

    /// @param args the text of "The Verdict" by Edith Wharton, as the book has it; a folder to
    ///   write to; epochs, if not 10; channels, if not 768
    public static void main(String[] args) throws IOException {
        int epochs = Integer.parseInt(StoryModel.argument(args, 2, "10"));
        int channels = Integer.parseInt(StoryModel.argument(args, 3, "768"));
        var curve = new BookStory.Curve();
        try (var story = BookStory.open(Path.of(args[0]), channels)) {
            var train =
                    story.train(epochs)
                            .with(
                                    "learningRate=4e-4",
                                    "minLearningRate=4e-4",
                                    "schedule=constant",
                                    "warmupSteps=0",
                                    "gradClip=0");
            TrainingResult run =
                    new Trainer(story.model(), train, story.data(), Path.of(args[1]))
                            .seed(BookStory.SEED)
                            .listener(curve)
                            .run();
            Path last = run.directory().lastCheckpoint().orElseThrow();
            String end = story.continued(last);
            System.out.printf("%nthe best model: %s%n", story.continued(run.model()));
            System.out.printf("the last model: %s%n", end);
            System.out.printf("of that, by heart: '%s'%n", story.byHeart(end));
            System.out.println("\n                              here   book");
            System.out.printf(
                    "training loss, first        %6.3f   9.817%n", curve.steps().getFirst().loss());
            System.out.printf(
                    "training loss, last epoch   %6.3f   0.569%n",
                    curve.training(story.stepsOfEpoch()));
            System.out.printf("unseen, lowest              %6.3f   6.123", curve.best().valLoss());
            System.out.printf("  (step %d, book: 50)%n", curve.best().step());
            System.out.printf("unseen, last                %6.3f   6.373%n", curve.unseen());
        }
    }
}
