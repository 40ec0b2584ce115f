package io.tornadogpt.trainer.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.BatchForm;
import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.LogitsProgram;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.trainer.data.DataChoice;
import io.tornadogpt.trainer.data.Order;
import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.loop.TextTask;
import io.tornadogpt.trainer.loop.TrainingPrograms;
import io.tornadogpt.trainer.loop.TrainingStep;
import io.tornadogpt.trainer.metrics.StepLog;
import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.report.FigurePage;
import io.tornadogpt.trainer.report.Plot;
import io.tornadogpt.trainer.settings.Preset;
import io.tornadogpt.trainer.settings.RunSettings;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// muP: what it promises of models of several widths, and that what it leaves is a plain model.
class MupTest {
    private static final String TEXT = TinyRun.TEXT;
    private static final int BLOCK = 16;
    private static final int STEPS = 4;
    private static final double RATE = 0.01;
    private static final long SEEDS = 2;

    @TempDir Path folder;

    private static RunSettings settings(int width, int heads, String... more) throws IOException {
        var all =
                new ArrayList<>(
                        List.of(
                                "model.nLayer=2",
                                "model.nHead=" + heads,
                                "model.nEmbd=" + width,
                                "model.blockSize=" + BLOCK,
                                "train.batchSize=4",
                                "train.steps=6",
                                "train.warmupSteps=0",
                                "train.evalInterval=3",
                                "train.checkpointInterval=3",
                                "train.weightDecay=0",
                                "train.learningRate=" + RATE,
                                "train.schedule=constant"));
        all.addAll(List.of(more));
        return RunSettings.of(Preset.named("tiny"))
                .forVocabulary(TinyRun.TOKENIZER.vocabularySize())
                .with(null, all);
    }

    /// Root of the mean square of how much a few steps change the logits of a text.
    private static double change(RunSettings settings, long seed) throws IOException {
        try (var data = TrainingData.of(TinyRun.TOKENIZER, TEXT)) {
            var task = new TextTask(data);
            Model model = settings.sessionModel();
            TrainingPrograms programs = TrainingPrograms.of(model, settings.train(), task);
            LogitsProgram logits = model.logits("probe", BatchForm.full(1, BLOCK));
            var all = new ArrayList<Program>(programs.programs());
            all.add(logits.program());
            try (Session session = Backends.named("cpu").open(all, new ExecutionOptions(1))) {
                settings.initialize(model, session, seed);
                float[] before = logits(session, logits);
                var step =
                        new TrainingStep(
                                session,
                                programs,
                                task.batches(settings.train(), Order.RANDOM, seed),
                                1,
                                seed);
                for (int i = 0; i < STEPS; i++) {
                    assertTrue(step.run(i, RATE, () -> false).isPresent());
                }
                float[] after = logits(session, logits);
                return Math.sqrt(
                        IntStream.range(0, after.length)
                                .mapToDouble(i -> after[i] - before[i])
                                .map(d -> d * d)
                                .average()
                                .orElseThrow());
            }
        }
    }

    private static float[] logits(Session session, LogitsProgram program) {
        int[] ids = TinyRun.TOKENIZER.encode(TEXT.substring(0, BLOCK));
        session.write(program.tokens(), ids);
        session.write(program.positions(), IntStream.range(0, BLOCK).toArray());
        session.run(program.program().name());
        return session.readFloats(program.logits());
    }

    /// Of each width, over seeds.
    private static double[] changes(int base, int[] widths) throws IOException {
        var changes = new double[widths.length];
        for (int i = 0; i < widths.length; i++) {
            for (long seed = 0; seed < SEEDS; seed++) {
                RunSettings settings = settings(widths[i], 4, "model.mup=" + base);
                changes[i] += change(settings, seed) / SEEDS;
            }
        }
        return changes;
    }

    /// By what power of the width the changes grow: the slope of a line through their logarithms.
    private static double power(int[] widths, double... changes) {
        double[] x = Arrays.stream(widths).mapToDouble(Math::log).toArray();
        double[] y = Arrays.stream(changes).map(Math::log).toArray();
        double meanX = Arrays.stream(x).average().orElseThrow();
        double meanY = Arrays.stream(y).average().orElseThrow();
        double above = 0;
        double below = 0;
        for (int i = 0; i < x.length; i++) {
            above += (x[i] - meanX) * (y[i] - meanY);
            below += (x[i] - meanX) * (x[i] - meanX);
        }
        return above / below;
    }

    /// The coordinate check of "Tensor Programs V", section D.1.
    @Test
    void logitsChangeEquallyMuchAtAnyWidthWithMupAndMoreAndMoreWithoutIt() throws IOException {
        int[] widths = {16, 32, 64, 128};
        double with = power(widths, changes(16, widths));
        double without = power(widths, changes(0, widths));
        assertTrue(Math.abs(with) < 0.3, "with muP as the width to the power of " + with);
        assertTrue(without > 0.5, "without it as the width to the power of " + without);
    }

    /// The same at larger widths, and drawn: `-Dtornadogpt.mup=wide`.
    @Test
    @EnabledIfSystemProperty(named = "tornadogpt.mup", matches = "wide")
    void coordinateCheckHoldsUpToAWidthOf512() throws IOException {
        int[] widths = {64, 128, 256, 512};
        double[] with = changes(64, widths);
        double[] without = changes(0, widths);
        double[] x = Arrays.stream(widths).asDoubleStream().toArray();
        var plot =
                new Plot(
                        "How much %d steps change the logits".formatted(STEPS),
                        "root of the mean square",
                        "width",
                        true,
                        List.of(
                                new Plot.Series("with muP", Plot.Look.LINE, 0, x, with),
                                new Plot.Series("without", Plot.Look.LINE, 1, x, without)));
        Path page = Path.of("target", "coordinate-check.html");
        new FigurePage("Coordinate check").plot(plot).write(page);
        System.out.printf(
                "coordinate check: with muP %s, without %s, drawn in %s%n",
                Arrays.toString(with), Arrays.toString(without), page);
        assertTrue(Math.abs(power(widths, with)) < 0.2, () -> Arrays.toString(with));
        assertTrue(power(widths, without) > 0.5, () -> Arrays.toString(without));
    }

    private NewRun run(RunSettings settings) throws IOException {
        Path text = folder.resolve("text.txt");
        if (!Files.exists(text)) {
            Files.writeString(text, TEXT);
        }
        return NewRun.of(settings).with(new DataChoice(text, null)).withSeed(7);
    }

    private List<Double> losses(Path run) throws IOException {
        return StepLog.read(run.resolve("metrics.jsonl"), StepMetrics.class).stream()
                .map(StepMetrics::loss)
                .toList();
    }

    @Test
    void atTheBaseWidthItIsTheUsualTrainingBitForBit() throws IOException {
        Runs.begin(folder.resolve("plain"), run(settings(16, 2))).train();
        Runs.begin(folder.resolve("mup"), run(settings(16, 2, "model.mup=16"))).train();
        assertEquals(losses(folder.resolve("plain")), losses(folder.resolve("mup")));
    }

    @Test
    void whatItLeavesIsAPlainModelAndARunGoesOnWithTheSameBits() throws IOException {
        RunSettings settings = settings(32, 2, "model.mup=16");
        Path whole = folder.resolve("whole");
        Runs.begin(whole, run(settings)).train();
        Path stopped = folder.resolve("stopped");
        try (var begun = Runs.begin(stopped, run(settings))) {
            Trainer trainer = begun.trainer();
            trainer.listener(
                    new TrainingListener() {
                        @Override
                        public void step(StepMetrics metrics) {
                            if (metrics.step() == 4) {
                                trainer.stop();
                            }
                        }
                    });
            trainer.run();
        }
        TrainingResult result = Runs.resume(stopped).train();
        assertTrue(result.finished());
        assertEquals(losses(whole), losses(stopped));
        Path last = Path.of("checkpoints/step-00000006/model.safetensors");
        assertArrayEquals(
                Files.readAllBytes(whole.resolve(last)), Files.readAllBytes(stopped.resolve(last)));

        StoredModel stored = StoredModel.open(result.model());
        assertTrue(GptConfig.of(stored.config()).isPresent(), "a GPT-2 of the usual kind");
        float[] plain = logits(new Model(stored.config()), stored);
        float[] apart = logits(settings.sessionModel(), stored);
        double most = 0;
        for (int i = 0; i < plain.length; i++) {
            most = Math.max(most, Math.abs(plain[i] - apart[i]));
        }
        assertEquals(0, most, 1e-5);
    }

    private static float[] logits(Model model, StoredModel stored) throws IOException {
        LogitsProgram program = model.logits("probe", BatchForm.full(1, BLOCK));
        try (Session session =
                Backends.named("cpu").open(List.of(program.program()), new ExecutionOptions(1))) {
            stored.load(model, session);
            return logits(session, program);
        }
    }

    @Test
    void itIsRefusedWhereWeightsAreNotRandom() throws IOException {
        Path base = folder.resolve("base");
        TrainingResult result = Runs.begin(base, run(settings(16, 2))).train();
        StoredModel stored = StoredModel.open(result.model());
        NewRun further = run(settings(16, 2, "model.mup=8")).startingFrom(stored);
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> Runs.begin(folder.resolve("further"), further).train());
        assertTrue(
                e.getMessage().startsWith("model.mup is 8, but it says how random weights start"));
    }
}
