package io.tornadogpt.examples;

import io.tornadogpt.core.model.ModelDirectory;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.run.Trainer;
import io.tornadogpt.trainer.run.TrainingListener;
import io.tornadogpt.trainer.settings.TrainConfig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Goes on training a small model on your text, with the tokenizer it has, and leaves a directory
/// that Hugging Face `transformers` opens.
///
/// Read next: [io.tornadogpt.trainer.settings.TrainConfig] for what can be set, and
/// `docs/formats.md` for the files.
public final class ContinueTraining {
    private ContinueTraining() {}

    /// Takes a model directory (GPT-2, DistilGPT-2, a TinyStories model, or one trained here), a
    /// text file, a directory to write and, if wanted, a number of steps.
    public static void main(String[] args) throws IOException {
        if (args.length < 3) {
            System.err.println("expected: MODEL_DIRECTORY TEXT_FILE OUTPUT_DIRECTORY [STEPS]");
            System.exit(2);
        }
        ModelDirectory model = ModelDirectory.open(Path.of(args[0]));
        Tokenizer tokenizer = Tokenizer.load(Path.of(args[0]));
        // Small steps: the model is not to forget what it knows.
        TrainConfig config =
                TrainConfig.defaults()
                        .with(
                                "batchSize=4",
                                "blockSize=" + Math.min(64, model.config().context()),
                                "learningRate=1e-4",
                                "minLearningRate=1e-5",
                                "warmupSteps=10",
                                "evalInterval=20",
                                "steps=" + (args.length > 3 ? args[3] : "100"));
        try (var data = TrainingData.of(tokenizer, Files.readString(Path.of(args[1])))) {
            var result =
                    new Trainer(model.config(), config, data, Path.of(args[2]))
                            .startFrom(model)
                            .listener(new Progress())
                            .run();
            System.out.println("The model is in " + result.model());
        }
    }

    /// Prints the steps at which the loss on unseen text was measured.
    private static final class Progress implements TrainingListener {
        @Override
        public void step(StepMetrics metrics) {
            if (metrics.valLoss() != null) {
                System.out.printf(
                        "step %d: loss %.3f, on unseen text %.3f%n",
                        metrics.step(), metrics.loss(), metrics.valLoss());
            }
        }
    }
}
