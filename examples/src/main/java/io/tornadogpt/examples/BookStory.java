package io.tornadogpt.examples;

import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.sampler.GenerationOptions;
import io.tornadogpt.sampler.Gpt;
import io.tornadogpt.sampler.SamplingOptions;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.run.TrainingListener;
import io.tornadogpt.trainer.settings.TrainConfig;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;

/// What chapter 5 and appendix D of Raschka's book share: a short story, a model for it, and the
/// curve of its losses.
///
/// @param text of the story
/// @param data its first nine tenths to train on, the rest to validate on
/// @param model the book's, of GPT-2's smallest size unless another is asked for
record BookStory(String text, TrainingData data, GptConfig model) implements AutoCloseable {
    /// The seed of the book's programs.
    static final long SEED = 123;

    private static final String PROMPT = "Every effort moves you";
    private static final int BATCH = 2;
    private static final int BLOCK = 256;

    /// Channels of a head.
    static final int HEAD = 64;

    private static final int NEW_TOKENS = 50;
    private static final double DROPOUT = 0.1;

    /// @param channels 64 for each layer and each head; the book has 768
    static BookStory open(Path file, int channels) throws IOException {
        String text = Files.readString(file);
        Tokenizer tokenizer = Tokenizer.gpt2();
        var model =
                GptConfig.builder()
                        .nLayer(channels / HEAD)
                        .nHead(channels / HEAD)
                        .nEmbd(channels)
                        .blockSize(BLOCK)
                        .vocabSize(tokenizer.vocabularySize())
                        .bias(true)
                        .tiedHead(false)
                        .dropout(DROPOUT)
                        .build();
        System.out.printf("tokens       %,11d   book: 5,145%n", tokenizer.encode(text).length);
        System.out.printf(
                "parameters   %,11d   book: 162,419,712%n%n", new Model(model).parameterCount());
        return new BookStory(text, TrainingData.of(tokenizer, text), model);
    }

    /// Steps in which as many tokens are seen as the story has.
    int stepsOfEpoch() {
        return (int) Math.max(1, data.training().count() / (BATCH * BLOCK));
    }

    /// The book's batches, AdamW as PyTorch has it, and a look at unseen text every five steps.
    TrainConfig train(int epochs) {
        return TrainConfig.defaults()
                .with(
                        "batchSize=" + BATCH,
                        "blockSize=" + BLOCK,
                        "steps=" + epochs * stepsOfEpoch(),
                        "beta2=0.999",
                        "weightDecay=0.1",
                        "evalInterval=5",
                        "evalBatches=0",
                        "sampleInterval=0",
                        "checkpointInterval=0",
                        "keepCheckpoints=1");
    }

    /// What a model makes of the beginning that the book gives it, each token the most likely one.
    String continued(Path directory) throws IOException {
        var likeliest =
                new GenerationOptions(SamplingOptions.UNCHANGED.withTemperature(0), NEW_TOKENS, 0);
        try (var gpt = Gpt.load(directory)) {
            String further = gpt.complete(PROMPT, likeliest, piece -> {}).text();
            return (PROMPT + further).replaceAll("\\s+", " ");
        }
    }

    /// The longest part of a text that stands in the story word for word: what a model that
    /// over-fits has learned by heart.
    String byHeart(String written) {
        return byHeart(text, written);
    }

    static String byHeart(String story, String written) {
        String plain = story.replaceAll("\\s+", " ");
        int from = 0;
        int to = 0;
        for (int i = 0; i < written.length(); i++) {
            int end = i + to - from + 1;
            while (end <= written.length() && plain.contains(written.substring(i, end))) {
                from = i;
                to = end;
                end++;
            }
        }
        return written.substring(from, to).strip();
    }

    @Override
    public void close() throws IOException {
        data.close();
    }

    /// Prints losses and keeps them.
    static final class Curve implements TrainingListener {
        private final List<StepMetrics> steps = new ArrayList<>();

        @Override
        public void step(StepMetrics metrics) {
            steps.add(metrics);
            if (metrics.valLoss() != null) {
                System.out.printf(
                        "step %3d  training %6.3f  unseen %6.3f  learning rate %.1e%n",
                        metrics.step(), metrics.loss(), metrics.valLoss(), metrics.lr());
            }
        }

        List<StepMetrics> steps() {
            return List.copyOf(steps);
        }

        /// The mean training loss of the last steps.
        double training(int last) {
            return steps.subList(Math.max(0, steps.size() - last), steps.size()).stream()
                    .mapToDouble(StepMetrics::loss)
                    .average()
                    .orElse(Double.NaN);
        }

        private List<StepMetrics> validated() {
            return steps.stream().filter(step -> step.valLoss() != null).toList();
        }

        /// The step with the lowest loss on unseen text.
        StepMetrics best() {
            return validated().stream()
                    .min(Comparator.comparing(step -> Objects.requireNonNull(step.valLoss())))
                    .orElseThrow();
        }

        /// The last loss on unseen text.
        double unseen() {
            return Objects.requireNonNull(validated().getLast().valLoss());
        }
    }
}
