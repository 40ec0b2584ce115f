package io.tornadogpt.trainer.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;

import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.tokenizer.BpeTrainer;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.report.Report;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;

/// A run inside of an application: threads, locales, and what is left of a run that fails.
@Timeout(60)
class EmbeddedRunTest {
    private static final String TEXT = "the quick brown fox jumps over the lazy dog. ".repeat(40);
    private static final Tokenizer TOKENIZER = new BpeTrainer(270).train(TEXT);
    private static final TrainConfig CONFIG =
            TrainConfig.defaults()
                    .with(
                            "batchSize=2",
                            "blockSize=8",
                            "steps=6",
                            "warmupSteps=1",
                            "evalInterval=3",
                            "evalBatches=1",
                            "checkpointInterval=0",
                            "sampleInterval=0");

    @TempDir Path folder;

    private Trainer trainer(String name, TrainConfig config) {
        var model = new GptConfig(1, 1, 8, 8, TOKENIZER.vocabularySize(), true, 0);
        return new Trainer(model, config, TrainingData.of(TOKENIZER, TEXT), folder.resolve(name));
    }

    /// Tells when the first step is done, and then goes on.
    private static TrainingListener counting(CountDownLatch first) {
        return new TrainingListener() {
            @Override
            public void step(StepMetrics metrics) {
                first.countDown();
            }
        };
    }

    @Test
    void interruptStopsARunWithItsCheckpointAndIsNotLost() throws Exception {
        Trainer trainer = trainer("run", CONFIG.with("steps=1000000"));
        var first = new CountDownLatch(1);
        trainer.listener(counting(first));
        var result = new AtomicReference<TrainingResult>();
        var interrupted = new AtomicReference<Boolean>();
        Thread caller =
                Thread.ofPlatform()
                        .start(
                                () -> {
                                    try {
                                        result.set(trainer.run());
                                    } catch (IOException e) {
                                        throw new IllegalStateException(e);
                                    }
                                    interrupted.set(Thread.currentThread().isInterrupted());
                                });
        first.await();
        caller.interrupt();
        caller.join();
        TrainingResult stopped = result.get();
        assertFalse(stopped.finished());
        assertTrue(interrupted.get());
        Path saved = stopped.directory().lastCheckpoint().orElseThrow();
        assertEquals(stopped.directory().checkpoint(stopped.steps()), saved);
    }

    @Test
    void cancelledFutureStopsItsRunWithACheckpoint() throws Exception {
        Trainer trainer = trainer("run", CONFIG.with("steps=1000000"));
        var first = new CountDownLatch(1);
        trainer.listener(counting(first));
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<TrainingResult> run = executor.submit(trainer::run);
            first.await();
            assertTrue(run.cancel(true));
            assertThrows(CancellationException.class, run::get);
        } // waits for the run
        assertTrue(new RunDirectory(folder.resolve("run")).lastCheckpoint().isPresent());
    }

    @Test
    void failuresArriveAsTheyAre() {
        Trainer trainer = trainer("run", CONFIG);
        trainer.listener(
                new TrainingListener() {
                    @Override
                    public void step(StepMetrics metrics) {
                        throw new UnsupportedOperationException("told");
                    }
                });
        var e = assertThrows(UnsupportedOperationException.class, trainer::run);
        assertEquals("told", e.getMessage());
    }

    @Test
    void runThatFailsToStartLeavesNothing() throws IOException {
        Path model = Files.createDirectories(folder.resolve("none"));
        Trainer trainer = trainer("run", CONFIG);
        var stored = trainer("other", CONFIG).run().directory().best();
        var opened = io.tornadogpt.core.model.StoredModel.open(stored);
        Files.writeString(stored.resolve("model.safetensors"), "damaged");
        trainer.startFrom(opened);
        assertThrows(IOException.class, trainer::run);
        assertFalse(Files.exists(folder.resolve("run")), "the run's directory");
        assertTrue(Files.exists(model));
    }

    @Test
    void modelOfATokenizerWithAnEndOfTextTokenNamesIt() throws IOException {
        Path best = trainer("run", CONFIG).run().directory().best();
        var config = new ObjectMapper().readTree(best.resolve("config.json").toFile());
        assertEquals(0, config.get("eos_token_id").intValue());
    }

    /// Where people write digits, decimals and small letters of their own, files are as they are
    /// elsewhere.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "ar-EG-u-nu-arab",
                "fa-IR-u-nu-arabext",
                "tr-TR",
                "de-DE",
                "hi-IN-u-nu-deva"
            })
    void filesAndNamesAreTheSameInEveryLocale(String locale) throws IOException {
        Locale before = Locale.getDefault();
        Locale.setDefault(Locale.forLanguageTag(locale));
        try {
            RunDirectory run = trainer(locale, CONFIG).run().directory();
            Report.of(run).write(run.report());
            assertEquals(List.of(run.checkpoints().resolve("step-00000006")), run.allCheckpoints());
            try (var files = Files.walk(run.path())) {
                for (Path file : files.filter(Files::isRegularFile).toList()) {
                    if (!file.toString().endsWith(".safetensors")) {
                        requireAscii(file);
                    }
                }
            }
            assertTrue(trainer(locale, CONFIG.with("steps=8")).resume().run().finished());
        } finally {
            Locale.setDefault(before);
        }
    }

    private static void requireAscii(Path file) throws IOException {
        String text = Files.readString(file);
        var foreign = Pattern.compile(".{0,30}[\\p{Nd}&&[^0-9]].{0,30}").matcher(text);
        assertFalse(foreign.find(), () -> file + ": " + foreign.group());
        var comma = Pattern.compile("[\"' ]-?[0-9]+,[0-9]{3,}e?[^0-9,]").matcher(text);
        boolean json = file.toString().endsWith(".json") || file.toString().endsWith(".jsonl");
        assertFalse(json && comma.find(), () -> file + ": " + comma.group());
    }
}
