package io.tornadogpt.examples;

import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.AtomicDirectory;
import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.ModelDirectory;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.tokenizer.BpeTrainer;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.Stories;
import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.run.RunDirectory;
import io.tornadogpt.trainer.run.Trainer;
import io.tornadogpt.trainer.run.TrainingListener;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/// A model for the examples that need one that has learned something: of short stories made by a
/// small generator, and so regular that seconds of training are enough.
///
/// @param directory where its files are
/// @param tokenizer byte-level BPE in which nearly every word of the stories is one token
record StoryModel(ModelDirectory directory, Tokenizer tokenizer) {
    private static final int CHARACTERS = 400_000;
    private static final int VOCABULARY = 512;
    private static final int STEPS = 500;

    /// The run that is named, or else one of stories, which the first example that needs it trains
    /// and leaves for the others.
    ///
    /// @param run a directory that `gpt train` wrote; null for the stories
    static StoryModel open(@Nullable String run) throws IOException {
        Path path = run == null ? Path.of("runs", "example-stories") : Path.of(run);
        if (run == null && !Files.exists(path.resolve("best"))) {
            train(path, STEPS);
        }
        return open(path);
    }

    static StoryModel open(Path run) throws IOException {
        Path model = new RunDirectory(run).model();
        ModelDirectory directory = ModelDirectory.open(model);
        return new StoryModel(directory, Tokenizer.load(model));
    }

    static void train(Path run, int steps) throws IOException {
        String text = stories(CHARACTERS);
        Tokenizer tokenizer = new BpeTrainer(VOCABULARY).train(text);
        var model = new GptConfig(2, 4, 64, 96, tokenizer.vocabularySize(), true, 0);
        var config =
                TrainConfig.defaults()
                        .with(
                                "steps=" + steps,
                                "blockSize=96",
                                "learningRate=4e-3",
                                "warmupSteps=20",
                                "evalInterval=" + steps,
                                "sampleInterval=0",
                                "checkpointInterval=0");
        System.out.printf("Training a small model on stories, %d steps:%n", steps);
        Files.createDirectories(Objects.requireNonNull(run.toAbsolutePath().getParent()));
        // Who interrupts this must not find half a run the next time.
        try (var data = TrainingData.of(tokenizer, text);
                var whole = AtomicDirectory.begin(run)) {
            new Trainer(model, config, data, whole.path()).listener(new Progress(steps)).run();
            whole.commit();
        }
        System.out.printf("It lies in %s and will be found there the next time.%n%n", run);
    }

    /// A model that knows nothing yet: random weights, and a tokenizer.
    static StoredModel unlearned(Path folder, GptConfig config, Tokenizer tokenizer, long seed)
            throws IOException {
        var model = new Model(config);
        try (Session session =
                Backends.standard().open(List.of(model.logits("none", 1, 1).program()))) {
            model.initialize(session, seed);
            ModelDirectory.save(folder, model, session);
        }
        tokenizer.save(folder);
        return StoredModel.open(folder);
    }

    /// Text to learn from.
    static String stories(int characters) throws IOException {
        Path file = Files.createTempFile("stories", ".txt");
        try {
            new Stories(1).writeTo(file, characters);
            return Files.readString(file);
        } finally {
            Files.delete(file);
        }
    }

    /// The argument at a place; null where there are fewer.
    static @Nullable String argument(String[] args, int i) {
        return i < args.length ? args[i] : null;
    }

    /// The argument at a place, or what stands in for it.
    static String argument(String[] args, int i, String otherwise) {
        return Objects.requireNonNullElse(argument(args, i), otherwise);
    }

    /// A line now and then.
    private record Progress(int steps) implements TrainingListener {
        @Override
        public void step(StepMetrics metrics) {
            if (metrics.step() == 1 || metrics.step() % Math.max(1, steps / 5) == 0) {
                System.out.printf("  step %3d  loss %.3f%n", metrics.step(), metrics.loss());
            }
        }
    }
}
