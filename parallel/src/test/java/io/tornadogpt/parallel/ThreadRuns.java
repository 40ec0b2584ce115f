package io.tornadogpt.parallel;

import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.arch.AttentionShape;
import io.tornadogpt.core.model.arch.BlockForm;
import io.tornadogpt.core.model.arch.Dropouts;
import io.tornadogpt.core.model.arch.EmbeddingShape;
import io.tornadogpt.core.model.arch.Head;
import io.tornadogpt.core.model.arch.Mlp;
import io.tornadogpt.core.model.arch.Norm;
import io.tornadogpt.core.model.arch.Norms;
import io.tornadogpt.core.model.arch.Position;
import io.tornadogpt.core.model.arch.RotaryScaling;
import io.tornadogpt.core.model.family.Llama;
import io.tornadogpt.core.op.Activation;
import io.tornadogpt.tokenizer.CharTokenizer;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.loop.TextTask;
import io.tornadogpt.trainer.parallel.Communicator;
import io.tornadogpt.trainer.run.Trainer;
import io.tornadogpt.trainer.run.TrainingResult;
import io.tornadogpt.trainer.settings.RunSettings;
import io.tornadogpt.trainer.settings.TrainConfig;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/// Runs of tiny models, with threads in place of processes.
final class ThreadRuns {
    static final String TEXT = "the quick brown fox jumps over the lazy dog. ".repeat(20);
    static final Tokenizer TOKENIZER = CharTokenizer.train(TEXT);
    private static final long PATIENCE = 60;

    private ThreadRuns() {}

    static ModelConfig gpt2() {
        return new GptConfig(2, 2, 12, 8, TOKENIZER.vocabularySize(), true, 0.1).model();
    }

    static ModelConfig llama() {
        var architecture =
                new Architecture(
                        2,
                        24,
                        TOKENIZER.vocabularySize(),
                        8,
                        Norms.before(new Norm.Rms(1e-5, 0)),
                        new Position.Rotary(6, 100, new RotaryScaling.None()),
                        AttentionShape.causal(4, 2, 6, false, false),
                        new Mlp.Gated(20, Activation.Function.SILU, false),
                        BlockForm.SEQUENTIAL,
                        EmbeddingShape.plain(false),
                        Head.PLAIN,
                        Dropouts.NONE);
        return new ModelConfig(Llama.FAMILY, architecture).withDropout(new Dropouts(0.1, 0.1, 0.1));
    }

    /// @param microBatches of a step, over all processes
    static TrainConfig config(int microBatches, String... more) {
        return TrainConfig.defaults()
                .with(
                        "batchSize=2",
                        "blockSize=8",
                        "steps=50",
                        "warmupSteps=5",
                        "gradClip=0.5",
                        "evalInterval=20",
                        "evalBatches=5",
                        "checkpointInterval=20",
                        "sampleInterval=0",
                        "treeReduction=true",
                        "gradAccumulation=" + microBatches)
                .with(more);
    }

    static Trainer trainer(ModelConfig model, TrainConfig config, Path directory) {
        var task = new GappedTask(new TextTask(TrainingData.of(TOKENIZER, TEXT)));
        return new Trainer(new RunSettings(model, config, true), task, directory)
                .seed(7)
                .threads(1);
    }

    /// Trains in several threads.
    ///
    /// @param prepared what is done to each trainer, such as resuming
    /// @return what came of it, by rank
    static List<TrainingResult> train(
            int processes,
            ModelConfig model,
            TrainConfig config,
            Path directory,
            UnaryOperator<Trainer> prepared)
            throws IOException {
        return together(
                processes,
                communicator ->
                        prepared.apply(trainer(model, config, directory))
                                .communicator(communicator)
                                .run());
    }

    /// Work of a thread.
    interface Work<T> {
        T run(Communicator communicator) throws IOException;
    }

    /// Does the same in several threads.
    ///
    /// @throws RuntimeException of the thread with the lowest rank that failed, once all have ended
    static <T> List<T> together(int processes, Work<T> work) throws IOException {
        var team = new ThreadTeam(processes, PATIENCE);
        try (ExecutorService threads = Executors.newFixedThreadPool(processes)) {
            List<Future<T>> all = new ArrayList<>();
            for (Communicator member : team.members()) {
                all.add(
                        threads.submit(
                                () -> {
                                    try {
                                        return work.run(member);
                                    } catch (IOException | RuntimeException e) {
                                        team.end();
                                        throw e;
                                    }
                                }));
            }
            var results = new ArrayList<T>();
            for (Future<T> one : all) {
                results.add(one.get());
            }
            return results;
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException failure -> throw failure;
                case IOException failure -> throw failure;
                default -> throw new IllegalStateException(e);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /// The bytes of a run's files by their names, without its starts, and with the speed, times and
    /// sums of files that have times in them left out.
    static Map<String, String> contents(Path directory) throws IOException {
        var contents = new TreeMap<String, String>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = directory.relativize(file).toString();
                if (name.equals("starts.jsonl")
                        || name.endsWith("trainer.json")
                        || name.endsWith("SHA256SUMS")) {
                    continue;
                }
                String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
                contents.put(
                        name,
                        text.replaceAll(
                                "\"tokensPerSecond\" ?: ?[-+.0-9eE]+", "\"tokensPerSecond\":0"));
            }
        }
        return contents;
    }
}
