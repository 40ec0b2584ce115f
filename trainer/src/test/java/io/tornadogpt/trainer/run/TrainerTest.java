package io.tornadogpt.trainer.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.tokenizer.CharTokenizer;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.Order;
import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.loop.DivergedException;
import io.tornadogpt.trainer.loop.TrainingPrograms;
import io.tornadogpt.trainer.metrics.RunStart;
import io.tornadogpt.trainer.metrics.StepLog;
import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.metrics.StepSample;
import io.tornadogpt.trainer.settings.LoraSettings;
import io.tornadogpt.trainer.settings.Settings;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

class TrainerTest {
    private static final String TEXT = "the quick brown fox jumps over the lazy dog. ".repeat(40);
    private static final Tokenizer TOKENIZER = CharTokenizer.train(TEXT);
    private static final TrainConfig CONFIG =
            TrainConfig.defaults()
                    .with(
                            "batchSize=3",
                            "blockSize=8",
                            "steps=12",
                            "warmupSteps=3",
                            "gradAccumulation=2",
                            "evalInterval=4",
                            "evalBatches=2",
                            "checkpointInterval=5",
                            "sampleInterval=0");

    @TempDir Path folder;

    private static GptConfig model(double dropout) {
        return new GptConfig(2, 2, 12, 8, TOKENIZER.vocabularySize(), true, dropout);
    }

    private Trainer trainer(String output, TrainConfig config) {
        var data = TrainingData.of(TOKENIZER, TEXT);
        return new Trainer(model(0.1), config, data, folder.resolve(output)).seed(7);
    }

    /// Stops a run after so many micro-batches, and goes on with another number of threads.
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 7, 9, 11})
    void resumedRunMatchesUninterruptedRunBitForBit(int lastStep) throws IOException {
        TrainingResult whole = trainer("whole", CONFIG).run();

        var first = trainer("parts", CONFIG).threads(1);
        first.listener(
                new TrainingListener() {
                    @Override
                    public void step(StepMetrics metrics) {
                        if (metrics.step() >= lastStep) {
                            first.stop();
                        }
                    }
                });
        if (lastStep == 0) {
            first.stop();
        }
        TrainingResult stopped = first.run();
        assertFalse(stopped.finished());
        assertEquals(lastStep, stopped.steps());
        TrainingResult resumed = trainer("parts", CONFIG).threads(3).resume().run();

        assertTrue(resumed.finished());
        for (String file : List.of("model.safetensors", "optimizer.safetensors", "config.json")) {
            assertArrayEquals(
                    Files.readAllBytes(whole.directory().checkpoint(12).resolve(file)),
                    Files.readAllBytes(resumed.directory().checkpoint(12).resolve(file)),
                    file);
        }
        assertArrayEquals(
                Files.readAllBytes(whole.directory().best().resolve("model.safetensors")),
                Files.readAllBytes(resumed.directory().best().resolve("model.safetensors")));
        assertEquals(withoutTimes(whole), withoutTimes(resumed));
        assertEquals(whole.bestValidationLoss(), resumed.bestValidationLoss());
    }

    @Test
    void editedBestModelIsRefused() throws IOException {
        RunDirectory run = trainer("run", CONFIG).run().directory();
        assertEquals(run.best(), run.model());
        List<String> sums = Files.readAllLines(run.best().resolve("SHA256SUMS"));
        assertEquals(
                List.of(
                        "config.json",
                        "model.safetensors",
                        "tokenizer.json",
                        "tokenizer_config.json"),
                sums.stream()
                        .filter(line -> !line.startsWith("#"))
                        .map(line -> line.substring(66))
                        .toList());
        Path weights = run.best().resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length - 1] ^= 1;
        Files.write(weights, bytes);
        for (var named : List.of(run, new RunDirectory(run.best()))) {
            var e = assertThrows(ModelFileException.class, () -> StoredModel.open(named.model()));
            assertEquals(weights, e.file());
            assertTrue(e.getMessage().contains("its SHA-256 differs"), e.getMessage());
        }
        Files.delete(weights);
        var missing = assertThrows(ModelFileException.class, () -> StoredModel.open(run.model()));
        assertTrue(missing.getMessage().contains("is missing"), missing.getMessage());
        Files.writeString(run.best().resolve("SHA256SUMS"), "nothing");
        var damaged = assertThrows(ModelFileException.class, () -> StoredModel.open(run.model()));
        assertTrue(damaged.getMessage().contains("is damaged"), damaged.getMessage());
        Files.delete(run.best().resolve("SHA256SUMS")); // as in a run of an earlier version
        assertEquals(run.best(), run.model());
    }

    /// As where the disk is full of them.
    @Test
    void resumeKeepsNoMoreCheckpointsThanItIsAskedTo() throws IOException {
        RunDirectory run = trainer("run", CONFIG.with("keepCheckpoints=5")).run().directory();
        assertEquals(3, run.allCheckpoints().size());
        var resumed = trainer("run", CONFIG.with("keepCheckpoints=1", "steps=20")).resume();
        resumed.stop();
        resumed.run();
        assertEquals(List.of(run.checkpoint(12)), run.allCheckpoints());
    }

    /// What is kept in memory may change on the way, and changes nothing.
    @Test
    void runResumedWithGradientCheckpointingMatchesOneWithout() throws IOException {
        TrainConfig again = CONFIG.with("gradientCheckpointing=true");
        TrainingResult whole = trainer("whole", CONFIG).run();
        var first = trainer("parts", again);
        first.listener(
                new TrainingListener() {
                    @Override
                    public void step(StepMetrics metrics) {
                        if (metrics.step() == 5) {
                            first.stop();
                        }
                    }
                });
        assertEquals(5, first.run().steps());
        assertTrue(saved("parts").value("model.gradientCheckpointing").equals(true));
        TrainingResult resumed = trainer("parts", CONFIG).resume().run();
        assertTrue(saved("parts").value("model.gradientCheckpointing").equals(false));
        for (String file : List.of("model.safetensors", "optimizer.safetensors", "config.json")) {
            assertArrayEquals(
                    Files.readAllBytes(whole.directory().checkpoint(12).resolve(file)),
                    Files.readAllBytes(resumed.directory().checkpoint(12).resolve(file)),
                    file);
        }
        assertEquals(withoutTimes(whole), withoutTimes(resumed));
    }

    private Settings saved(String output) throws IOException {
        Path file = new RunDirectory(folder.resolve(output)).settings();
        return Settings.of("model", model(0))
                .and("train", TrainConfig.defaults())
                .and("lora", LoraSettings.NONE)
                .read(file);
    }

    @Test
    void sessionHoldsWhatIsPlannedForWhateverIsTrained() {
        var model = new Model(model(0.1));
        String nothing = "";
        String[] frozen = {nothing, "wte|wpe", "wte|wpe|h\\."};
        for (String again : List.of("false", "true")) {
            var planned = new ArrayList<Long>();
            for (String names : frozen) {
                TrainConfig config =
                        CONFIG.with("gradientCheckpointing=" + again, "frozen=" + names);
                List<Program> programs = TrainingPrograms.of(model, config, true).programs();
                for (String name : List.of("cpu", "reference")) {
                    Backend backend = Backends.named(name);
                    try (Session session = backend.open(programs)) {
                        assertEquals(backend.plan(programs).bytes(), session.allocatedBytes());
                    }
                }
                planned.add(Backends.named("cpu").plan(programs).bytes());
            }
            assertTrue(planned.get(0) > planned.get(1), planned.toString());
            assertTrue(planned.get(1) > planned.get(2), planned.toString());
        }
    }

    private static List<StepMetrics> withoutTimes(TrainingResult result) throws IOException {
        return StepLog.read(result.directory().metrics(), StepMetrics.class).stream()
                .map(
                        m ->
                                new StepMetrics(
                                        m.step(),
                                        m.loss(),
                                        m.lr(),
                                        m.gradNorm(),
                                        0,
                                        null,
                                        m.valLoss()))
                .toList();
    }

    @Test
    void stepsStandInTheMetricsOnceAndTheLastTwoCheckpointsAreKept() throws IOException {
        TrainingResult result = trainer("run", CONFIG).run();
        List<StepMetrics> metrics = StepLog.read(result.directory().metrics(), StepMetrics.class);
        assertEquals(
                List.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12),
                metrics.stream().map(StepMetrics::step).toList());
        assertEquals(
                List.of(4, 8, 12),
                metrics.stream().filter(m -> m.valLoss() != null).map(StepMetrics::step).toList());
        assertEquals(
                List.of("step-00000010", "step-00000012"),
                result.directory().allCheckpoints().stream()
                        .map(path -> path.getFileName().toString())
                        .toList());
    }

    /// Stops after step 7, where the checkpoint is, and again without one: the second resume starts
    /// from the same step.
    @Test
    void resumedRunHasTheSamplesAndStartsOfTheStepsThatCount() throws IOException {
        var config = CONFIG.with("sampleInterval=3");
        List<StepSample> whole = samples(trainer("whole", config).samples(new StepNumbers()).run());
        assertEquals(List.of(3, 6, 9, 12), whole.stream().map(StepSample::step).toList());

        var first = trainer("parts", config).samples(new StepNumbers());
        first.listener(
                new TrainingListener() {
                    @Override
                    public void step(StepMetrics metrics) {
                        if (metrics.step() == 7) {
                            first.stop();
                        }
                    }
                });
        RunDirectory run = first.run().directory();
        try (StepLog<StepSample> log = StepLog.append(run.samples())) {
            log.write(new StepSample(9, "", "of a life that was cut off", 0));
        }
        var second = trainer("parts", config).samples(new StepNumbers()).resume();
        second.stop();
        second.run();
        TrainingResult resumed = trainer("parts", config).samples(new StepNumbers()).resume().run();
        assertEquals(whole, samples(resumed));
        List<RunStart> starts = StepLog.read(run.starts(), RunStart.class);
        assertEquals(List.of(0, 7), starts.stream().map(RunStart::step).toList());
        assertTrue(starts.getFirst().device().startsWith("cpu ("), starts.toString());
    }

    private static List<StepSample> samples(TrainingResult result) throws IOException {
        return StepLog.read(result.directory().samples(), StepSample.class);
    }

    /// Stands for a model that writes how far it is.
    private static final class StepNumbers implements SampleSource {
        @Override
        public List<Program> programs() {
            return List.of();
        }

        @Override
        public StepSample sample(int step, Session session) {
            return new StepSample(step, "step ", Integer.toString(step), 7);
        }
    }

    @Test
    void twoDifferentSeedsGiveDifferentRuns() throws IOException {
        TrainingResult one = trainer("one", CONFIG).run();
        TrainingResult other = trainer("other", CONFIG).seed(8).run();
        assertFalse(withoutTimes(one).equals(withoutTimes(other)));
    }

    @Test
    void sequentialBatchOfAWholeFileIsTheSameEveryStepAndIsOverfitted() throws IOException {
        String text = TEXT.substring(0, 3 * 8 + 1);
        var tokens = folder.resolve("tokens.bin");
        int[] ids = TOKENIZER.encode(text);
        var bytes = new byte[2 * ids.length];
        for (int i = 0; i < ids.length; i++) {
            bytes[2 * i] = (byte) ids[i];
        }
        Files.write(tokens, bytes);
        var config =
                CONFIG.with(
                        "steps=250",
                        "gradAccumulation=1",
                        "evalInterval=0",
                        "checkpointInterval=0",
                        "learningRate=1e-2",
                        "minLearningRate=1e-3");
        try (var data = TrainingData.ofTokens(tokens, false)) {
            TrainingResult result =
                    new Trainer(model(0), config, data, folder.resolve("run"))
                            .order(Order.SEQUENTIAL)
                            .run();
            assertTrue(result.lastLoss() < 0.01, "loss " + result.lastLoss());
            double first =
                    StepLog.read(result.directory().metrics(), StepMetrics.class).getFirst().loss();
            assertEquals(Math.log(TOKENIZER.vocabularySize()), first, 0.05);
        }
    }

    @Test
    void anotherRunInTheOutputDirectoryIsLeftAlone() throws IOException {
        TrainingResult result = trainer("run", CONFIG).run();
        byte[] before = Files.readAllBytes(result.directory().metrics());
        var error =
                assertThrows(IllegalArgumentException.class, () -> trainer("run", CONFIG).run());
        assertTrue(error.getMessage().contains("resume the run that it holds"), error.getMessage());
        assertArrayEquals(before, Files.readAllBytes(result.directory().metrics()));
    }

    @Test
    void aDirectoryThatHoldsSomethingElseIsLeftAlone() throws IOException {
        Path other = Files.createDirectories(folder.resolve("other"));
        Files.writeString(other.resolve("thesis.txt"), "years of work");
        var error =
                assertThrows(IllegalArgumentException.class, () -> trainer("other", CONFIG).run());
        assertTrue(error.getMessage().contains("thesis.txt"), error.getMessage());
    }

    @Test
    void changedSettingsDataOrSeedAreRefusedOnResume() throws IOException {
        trainer("run", CONFIG.with("steps=6")).run();
        for (Trainer changed :
                List.of(
                        trainer("run", CONFIG.with("steps=6", "learningRate=2e-3")),
                        trainer("run", CONFIG.with("steps=6")).seed(8),
                        new Trainer(
                                        model(0.1),
                                        CONFIG.with("steps=6"),
                                        TrainingData.of(TOKENIZER, TEXT.substring(1)),
                                        folder.resolve("run"))
                                .seed(7))) {
            var error = assertThrows(IllegalArgumentException.class, () -> changed.resume().run());
            assertTrue(error.getMessage().contains("start a new run"), error.getMessage());
        }
    }

    @Test
    void aDamagedCheckpointIsRefusedByName() throws IOException {
        TrainingResult result = trainer("run", CONFIG).run();
        Path file = result.directory().checkpoint(12).resolve("optimizer.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);
        var error =
                assertThrows(
                        DamagedCheckpointException.class,
                        () -> trainer("run", CONFIG).resume().run());
        assertTrue(error.getMessage().contains("optimizer.safetensors"), error.getMessage());
        Path older = result.directory().checkpoint(10);
        assertEquals(Optional.of(older), error.older());

        TrainingResult whole = trainer("whole", CONFIG).run();
        TrainingResult again = trainer("run", CONFIG).resumeFrom(older).run();
        assertEquals(withoutTimes(whole), withoutTimes(again));
        assertArrayEquals(
                Files.readAllBytes(whole.directory().checkpoint(12).resolve(file.getFileName())),
                Files.readAllBytes(file));
    }

    @Test
    void aLearningRateThatBreaksTheModelEndsTheRunInOneSentence() throws IOException {
        var config = CONFIG.with("steps=200", "learningRate=1e30", "warmupSteps=0", "gradClip=0");
        var error = assertThrows(DivergedException.class, () -> trainer("run", config).run());
        assertTrue(error.getMessage().contains("learningRate"), error.getMessage());
        assertTrue(error.getMessage().contains("of layer 0"), error.getMessage());
    }

    @Test
    void aModelThatCannotFitIsRefusedBeforeAnythingIsWritten() {
        var huge = new GptConfig(96, 96, 12288, 2048, 50257, true, 0);
        var config = CONFIG.with("blockSize=2048", "batchSize=64");
        Path output = folder.resolve("huge");
        var trainer = new Trainer(huge, config, TrainingData.of(TOKENIZER, TEXT.repeat(2)), output);
        var error = assertThrows(IllegalArgumentException.class, trainer::run);
        assertTrue(error.getMessage().contains("train.batchSize"), error.getMessage());
        assertFalse(Files.exists(output));
    }
}
