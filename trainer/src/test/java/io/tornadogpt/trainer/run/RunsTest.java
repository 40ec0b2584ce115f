package io.tornadogpt.trainer.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.trainer.data.DataChoice;
import io.tornadogpt.trainer.data.DataFileException;
import io.tornadogpt.trainer.data.Order;
import io.tornadogpt.trainer.data.TokenizerChoice;
import io.tornadogpt.trainer.loop.TextTask;
import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.settings.Preset;
import io.tornadogpt.trainer.settings.RunSettings;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

class RunsTest {
    private static final String TEXT = "the quick brown fox jumps over the lazy dog. ".repeat(40);

    @TempDir Path folder;

    private NewRun newRun(String steps) throws IOException {
        Path text = Files.writeString(folder.resolve("text.txt"), TEXT);
        RunSettings settings =
                RunSettings.of(Preset.named("tiny"))
                        .with(
                                null,
                                List.of(
                                        "model.nLayer=1",
                                        "model.nEmbd=8",
                                        "model.blockSize=8",
                                        "model.dropout=0.1",
                                        "train.steps=" + steps,
                                        "train.batchSize=2",
                                        "train.evalInterval=3",
                                        "train.checkpointInterval=4"));
        return NewRun.of(settings).with(new DataChoice(text, null)).withSeed(7);
    }

    private static TrainingResult stoppedAfter(int steps, Run<TextTask> run) throws IOException {
        Trainer trainer = run.trainer();
        trainer.listener(
                new TrainingListener() {
                    @Override
                    public void step(StepMetrics metrics) {
                        if (metrics.step() == steps) {
                            trainer.stop();
                        }
                    }
                });
        return run.train();
    }

    /// Nothing but the directory is named when the run goes on.
    @ParameterizedTest
    @EnumSource(Order.class)
    void runResumedFromItsDirectoryEndsWithTheSameBits(Order order) throws IOException {
        NewRun begun = newRun("11").withOrder(order);
        TrainingResult whole = Runs.begin(folder.resolve("whole"), begun).train();
        TrainingResult first = stoppedAfter(5, Runs.begin(folder.resolve("parts"), begun));
        assertFalse(first.finished());
        assertEquals(5, first.steps());

        TrainingResult resumed = Runs.resume(folder.resolve("parts")).train();

        assertTrue(resumed.finished());
        assertEquals(11, resumed.steps());
        assertEquals(whole.lastLoss(), resumed.lastLoss());
        assertEquals(whole.bestValidationLoss(), resumed.bestValidationLoss());
        assertEquals(order.validates(), resumed.bestValidationLoss().isPresent());
        for (String file : List.of("model.safetensors", "optimizer.safetensors")) {
            assertArrayEquals(
                    Files.readAllBytes(whole.directory().checkpoint(11).resolve(file)),
                    Files.readAllBytes(resumed.directory().checkpoint(11).resolve(file)),
                    file);
        }
    }

    /// Tokens that lie elsewhere are found again, with the tokenizer that was asked for.
    @Test
    void runOnTokensOutsideItsDirectoryIsResumedWithTheirTokenizer() throws IOException {
        Runs.begin(folder.resolve("made"), newRun("1")).train();
        Path tokens = folder.resolve("made/data/train.bin");
        var choice =
                new DataChoice(tokens, TokenizerChoice.parse(folder.resolve("made/data") + ""));
        Run<TextTask> begun = Runs.begin(folder.resolve("run"), newRun("4").with(choice));
        stoppedAfter(2, begun);

        try (Run<TextTask> run = Runs.resume(folder.resolve("run"))) {
            assertEquals(begun.task().identity(), run.task().identity());
            assertTrue(run.task().tokenizer() != null);
            assertEquals(7, run.origin().seed());
            assertEquals(4, run.trainer().run().steps());
        }
    }

    @Test
    void resumedRunMayGoFurther() throws IOException {
        Runs.begin(folder.resolve("run"), newRun("3")).train();
        var directory = new RunDirectory(folder.resolve("run"));
        RunSettings further = directory.readSettings().with(null, List.of("train.steps=6"));
        assertEquals(6, Runs.resume(directory, further, "cpu").train().steps());
    }

    @Test
    void runThatCannotBeginLeavesNothingBehind() throws IOException {
        Path empty = Files.writeString(folder.resolve("empty.txt"), "");
        NewRun run = newRun("3").with(new DataChoice(empty, null));
        assertThrows(DataFileException.class, () -> Runs.begin(folder.resolve("run"), run));
        assertFalse(Files.exists(folder.resolve("run")));

        Path brief = Files.writeString(folder.resolve("brief.txt"), "abc");
        NewRun tooShort = newRun("3").with(new DataChoice(brief, null));
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> Runs.begin(folder.resolve("run"), tooShort));
        assertTrue(e.getMessage().contains("give more text"), e.getMessage());
        assertFalse(Files.exists(folder.resolve("run")));

        Runs.begin(folder.resolve("run"), newRun("3")).close();
        assertFalse(Files.exists(folder.resolve("run")));
    }

    @Test
    void directoryOfAnotherRunIsRefused() throws IOException {
        Runs.begin(folder.resolve("run"), newRun("2")).train();
        var e =
                assertThrows(
                        RunDirectoryException.class,
                        () -> Runs.begin(folder.resolve("run"), newRun("2")));
        assertTrue(e.holdsRun());
        assertEquals(folder.resolve("run"), e.directory());
    }

    @Test
    void directoryWithoutRunIsNotResumed() {
        var e = assertThrows(IllegalArgumentException.class, () -> Runs.resume(folder));
        assertTrue(e.getMessage().contains("run.json"), e.getMessage());
        assertNull(e.getCause());
    }

    @Test
    void secondTrainerInADirectoryIsRefusedByName() throws IOException {
        Path directory = folder.resolve("run");
        try (Run<?> begun = Runs.begin(directory, newRun("4"))) {
            for (var second :
                    List.<org.junit.jupiter.api.function.Executable>of(
                            () -> Runs.begin(directory, newRun("4")),
                            () -> Runs.resume(begun.directory(), begun.settings(), "cpu"))) {
                var e = assertThrows(RunDirectoryException.class, second);
                assertTrue(e.getMessage().startsWith(directory + " is in use"), e.getMessage());
                assertFalse(e.holdsRun());
            }
            assertEquals(4, begun.trainer().run().steps());
        }
        assertEquals(4, Runs.resume(directory).train().steps());
    }

    /// Killed before its first checkpoint: nothing is lost but time.
    @Test
    void runWithoutCheckpointIsResumedFromItsBeginning() throws IOException {
        TrainingResult whole = Runs.begin(folder.resolve("whole"), newRun("6")).train();
        RunDirectory killed = Runs.begin(folder.resolve("killed"), newRun("6")).train().directory();
        for (Path checkpoint : killed.allCheckpoints()) {
            TinyRun.delete(checkpoint);
        }
        TrainingResult resumed = Runs.resume(killed.path()).train();
        assertEquals(6, resumed.steps());
        assertEquals(whole.lastLoss(), resumed.lastLoss());
        assertEquals(6, Files.readAllLines(killed.metrics()).size());
        assertEquals(1, Files.readAllLines(killed.starts()).size());
    }

    @Test
    void hiddenFilesOfOthersAreLeftAlone() throws IOException {
        Path directory = Files.createDirectories(folder.resolve("run"));
        Path other = Files.writeString(directory.resolve(".thesis.partial"), "years of work");
        assertThrows(RunDirectoryException.class, () -> Runs.begin(directory, newRun("2")).train());
        assertTrue(Files.exists(other));
        Files.delete(other);
        Files.writeString(directory.resolve(".run.json.partial"), "{");
        assertEquals(2, Runs.begin(directory, newRun("2")).train().steps());
    }
}
