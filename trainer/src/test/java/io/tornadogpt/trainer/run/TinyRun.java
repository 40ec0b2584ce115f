package io.tornadogpt.trainer.run;

import io.tornadogpt.core.files.Storage;
import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.tokenizer.CharTokenizer;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.loop.TextTask;
import io.tornadogpt.trainer.settings.LoraSettings;
import io.tornadogpt.trainer.settings.RunSettings;
import io.tornadogpt.trainer.settings.TrainConfig;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// A run of a model so small that it is trained, saved and opened in milliseconds.
final class TinyRun {
    static final String TEXT = "the quick brown fox jumps over the lazy dog. ".repeat(20);
    static final Tokenizer TOKENIZER = CharTokenizer.train(TEXT);

    private TinyRun() {}

    static TrainConfig config(String... more) {
        return TrainConfig.defaults()
                .with(
                        "batchSize=1",
                        "blockSize=8",
                        "steps=4",
                        "warmupSteps=1",
                        "schedule=constant",
                        "evalInterval=2",
                        "evalBatches=1",
                        "checkpointInterval=2",
                        "sampleInterval=0")
                .with(more);
    }

    static Trainer trainer(Path directory, TrainConfig config) {
        var model = new GptConfig(1, 1, 16, 8, TOKENIZER.vocabularySize(), true, 0.1);
        var data = TrainingData.of(TOKENIZER, TEXT);
        return new Trainer(model, config, data, directory).seed(7).threads(1);
    }

    /// Trains an adapter of a model that a run left.
    static Trainer adapterTrainer(Path directory, TrainConfig config, Path base)
            throws IOException {
        StoredModel model = StoredModel.open(base);
        var lora = new LoraSettings(2, 4, 0.1, "", false);
        RunSettings settings =
                new RunSettings(model.config(), config, true).with(LoraSettings.GROUP, lora);
        var task = new TextTask(TrainingData.of(TOKENIZER, TEXT));
        return new Trainer(settings, task, directory).startFrom(model).seed(7).threads(1);
    }

    static Trainer trainer(Path directory, TrainConfig config, Storage storage) {
        return trainer(directory, config).storage(storage);
    }

    static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
        }
    }

    static void delete(Path root) throws IOException {
        Files.walkFileTree(
                root,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                            throws IOException {
                        Files.delete(file);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(Path directory, IOException e)
                            throws IOException {
                        Files.delete(directory);
                        return FileVisitResult.CONTINUE;
                    }
                });
    }

    /// The files of a directory by their names, the speed and nothing else left out of metrics.
    static Map<String, String> contents(Path directory) throws IOException {
        var contents = new TreeMap<String, String>();
        try (Stream<Path> files = Files.walk(directory)) {
            files.filter(Files::isRegularFile)
                    .forEach(
                            file ->
                                    contents.put(
                                            directory.relativize(file).toString(), text(file)));
        }
        return contents;
    }

    private static String text(Path file) {
        try {
            String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
            return withoutSpeed(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String withoutSpeed(String text) {
        return text.replaceAll("\"tokensPerSecond\" ?: ?[-+.0-9eE]+", "\"tokensPerSecond\":0");
    }
}
