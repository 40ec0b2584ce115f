package io.tornadogpt.trainer.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.trainer.data.DataChoice;
import io.tornadogpt.trainer.metrics.RunStart;
import io.tornadogpt.trainer.metrics.StepLog;
import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.run.NewRun;
import io.tornadogpt.trainer.run.RunDirectory;
import io.tornadogpt.trainer.run.Runs;
import io.tornadogpt.trainer.run.TrainingResult;
import io.tornadogpt.trainer.settings.Preset;
import io.tornadogpt.trainer.settings.RunSettings;
import io.tornadogpt.trainer.sweep.SweepPlan.Method;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

class SweepTest {
    private static final String TEXT = "the quick brown fox jumps over the lazy dog. ".repeat(40);

    @TempDir Path folder;

    private NewRun base() throws IOException {
        Path text = folder.resolve("text.txt");
        if (!Files.exists(text)) {
            Files.writeString(text, TEXT);
        }
        RunSettings settings =
                RunSettings.of(Preset.named("tiny"))
                        .with(
                                null,
                                List.of(
                                        "model.nLayer=1",
                                        "model.nEmbd=8",
                                        "model.blockSize=8",
                                        "train.steps=9",
                                        "train.batchSize=2",
                                        "train.minLearningRate=0",
                                        "train.evalInterval=3",
                                        "train.evalBatches=1",
                                        "train.checkpointInterval=4"));
        return NewRun.of(settings).with(new DataChoice(text, null));
    }

    private static Dimension rates(String... values) {
        return new Dimension.Values("train.learningRate", List.of(values));
    }

    private static SweepPlan plan(Method method, int seeds, Dimension... dimensions) {
        return new SweepPlan(
                method,
                List.of(dimensions),
                0,
                SweepPlan.seeds(seeds),
                1,
                3,
                method == Method.HALVING ? 3 : 0);
    }

    /// Of all runs the losses by step, all digits.
    private static Map<String, List<String>> losses(Path sweep) throws IOException {
        var all = new TreeMap<String, List<String>>();
        try (Stream<Path> runs = Files.list(sweep.resolve("trials"))) {
            for (Path run : runs.filter(Files::isDirectory).toList()) {
                var lines = new ArrayList<String>();
                for (StepMetrics step :
                        StepLog.read(run.resolve("metrics.jsonl"), StepMetrics.class)) {
                    lines.add(step.step() + " " + step.loss() + " " + step.valLoss());
                }
                all.put(String.valueOf(run.getFileName()), lines);
            }
        }
        return all;
    }

    @Test
    void gridTrainsEachCombinationAndComparesThemOnAPage() throws IOException {
        Path where = folder.resolve("grid");
        var layers = new Dimension.Values("model.nLayer", List.of("1", "2"));
        SweepPlan plan = plan(Method.GRID, 1, rates("1e-7", "1e-2"), layers);
        SweepResult result;
        try (Sweep sweep = Sweep.begin(where, base(), plan)) {
            result = sweep.threads(1).run();
        }
        assertTrue(result.finished());
        assertEquals(4, result.trials().size());
        assertEquals(4, losses(where).size());
        TrialResult best = result.best().orElseThrow();
        assertEquals("1e-2", best.trial().settings().get("train.learningRate"));
        String page = Files.readString(where.resolve("report.html"));
        assertTrue(page.contains("Each run as a line"), "parallel coordinates");
        assertTrue(page.contains("class=\"heat9\""), "heat map");
    }

    @Test
    void meanAndDeviationAreThoseOfASampleOfSeeds() {
        var trial = new Trial(1, Map.of("train.learningRate", "1e-3"));
        var directory = new RunDirectory(folder);
        var runs =
                Stream.of(2.0, 2.1, 2.6)
                        .map(loss -> new TrialRun(1, directory, 9, loss, 1, null))
                        .toList();
        var result = new TrialResult(trial, runs);
        assertEquals(2.2333333, result.mean(), 1e-6);
        assertEquals(0.3214550, result.deviation(), 1e-6);
        assertTrue(Double.isNaN(new TrialResult(trial, runs.subList(0, 1)).deviation()));
    }

    @Test
    void killedSweepGoesOnWhereItWasAndRepeatsNothing() throws IOException {
        SweepPlan plan = plan(Method.GRID, 1, rates("1e-3", "2e-3", "3e-3"));
        Path whole = folder.resolve("whole");
        Path killed = folder.resolve("killed");
        var steps = new int[1];
        try (Sweep sweep = Sweep.begin(whole, base(), plan)) {
            sweep.listener(
                            new SweepListener() {
                                @Override
                                public void step(StepMetrics metrics) {
                                    if (++steps[0] == 15) { // in the second run
                                        copy(whole, killed);
                                    }
                                }
                            })
                    .threads(1)
                    .run();
        }
        assertEquals(27, steps[0]);
        String first = Files.readString(killed.resolve("trials/001-1337/metrics.jsonl"));
        var begun = new ArrayList<String>();
        steps[0] = 0;
        try (Sweep sweep = Sweep.resume(killed)) {
            SweepResult result =
                    sweep.listener(
                                    new SweepListener() {
                                        @Override
                                        public void begins(Trial trial, long seed, int until) {
                                            begun.add(trial.number() + ":" + seed);
                                        }

                                        @Override
                                        public void step(StepMetrics metrics) {
                                            steps[0]++;
                                        }
                                    })
                            .threads(1)
                            .run();
            assertTrue(result.finished());
        }
        assertEquals(List.of("2:1337", "3:1337"), begun);
        assertTrue(steps[0] <= 9 + 9, "steps done again: " + steps[0]);
        assertEquals(first, Files.readString(killed.resolve("trials/001-1337/metrics.jsonl")));
        assertEquals(losses(whole), losses(killed));
    }

    private static void copy(Path from, Path to) {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else if (Files.exists(file)) {
                    Files.copy(file, target);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void stoppedSweepSaysSoAndGoesOn() throws IOException {
        SweepPlan plan = plan(Method.GRID, 1, rates("1e-3"));
        Path where = folder.resolve("stopped");
        try (Sweep sweep = Sweep.begin(where, base(), plan)) {
            sweep.listener(
                    new SweepListener() {
                        @Override
                        public void step(StepMetrics metrics) {
                            if (metrics.step() == 5) {
                                sweep.stop();
                            }
                        }
                    });
            assertFalse(sweep.threads(1).run().finished());
        }
        try (Sweep sweep = Sweep.resume(where)) {
            assertTrue(sweep.threads(1).run().finished());
        }
        assertEquals(9, losses(where).get("001-1337").size());
    }

    @Test
    void halvingContinuesTheBestFromTheirCheckpointsWithTheSameBits() throws IOException {
        String[] values = {"1e-7", "2e-7", "1e-3", "1e-2"};
        Path halved = folder.resolve("halved");
        Path all = folder.resolve("all");
        var compared = new ArrayList<String>();
        var steps = new int[1];
        SweepResult result;
        try (Sweep sweep = Sweep.begin(halved, base(), plan(Method.HALVING, 1, rates(values)))) {
            sweep.listener(
                    new SweepListener() {
                        @Override
                        public void step(StepMetrics metrics) {
                            steps[0]++;
                        }

                        @Override
                        public void compared(int after, int kept, int of) {
                            compared.add(after + ": " + kept + " of " + of);
                        }
                    });
            result = sweep.threads(1).run();
        }
        assertEquals(List.of("3: 2 of 4"), compared);
        assertEquals(4 * 3 + 2 * 6, steps[0], "no step is done twice");
        TrialResult first = result.best().orElseThrow();
        String rate = first.trial().settings().get("train.learningRate");
        try (Sweep sweep = Sweep.begin(all, base(), plan(Method.GRID, 1, rates(rate)))) {
            sweep.threads(1).run();
        }
        TrialRun best = first.best();
        String name = String.valueOf(best.directory().path().getFileName());
        assertEquals(losses(all).get("001-1337"), losses(halved).get(name));
        assertEquals(9, best.steps());
        List<RunStart> starts = StepLog.read(best.directory().starts(), RunStart.class);
        assertEquals(List.of(0, 3), starts.stream().map(RunStart::step).toList());
    }

    /// What is printed as the command that repeats the best run.
    @Test
    void bestRunIsRepeatedByItsSettingsTheSweepsTokensAndItsSeed() throws IOException {
        Path where = folder.resolve("sweep");
        TrialRun best;
        DataChoice data;
        try (Sweep sweep =
                Sweep.begin(where, base(), plan(Method.GRID, 1, rates("1e-3", "5e-3")))) {
            best = sweep.threads(1).run().best().orElseThrow().best();
            data = sweep.data();
        }
        RunSettings settings =
                RunSettings.of(Preset.DEFAULT).with(best.directory().settings(), List.of());
        NewRun again = NewRun.of(settings).with(data).withSeed(best.seed());
        TrainingResult result = Runs.begin(folder.resolve("again"), again).train();
        assertEquals(best.score(), result.bestValidationLoss().orElseThrow());
    }

    @Test
    void trialsThatDivergeAreKeptOutAndNotTriedAgain() throws IOException {
        Path where = folder.resolve("diverging");
        Dimension epsilon = new Dimension.Values("train.weightDecay", List.of("0.1", "1e30"));
        try (Sweep sweep = Sweep.begin(where, base(), plan(Method.GRID, 1, epsilon))) {
            SweepResult result = sweep.threads(1).run();
            assertEquals(
                    List.of(false, true),
                    result.trials().stream().map(TrialResult::failed).toList());
            assertEquals(
                    "0.1", result.best().orElseThrow().trial().settings().get("train.weightDecay"));
        }
        var begun = new ArrayList<Trial>();
        try (Sweep sweep = Sweep.resume(where)) {
            sweep.listener(
                    new SweepListener() {
                        @Override
                        public void begins(Trial trial, long seed, int until) {
                            begun.add(trial);
                        }
                    });
            sweep.run();
        }
        assertEquals(List.of(), begun);
    }

    @Test
    void whatCannotBeTriedIsRefusedBeforeAnythingIsMade() throws IOException {
        Path where = folder.resolve("refused");
        var heads = new Dimension.Values("model.nHead", List.of("2", "3"));
        var e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> Sweep.begin(where, base(), plan(Method.GRID, 1, heads)));
        assertTrue(
                e.getMessage().startsWith("the trial model.nHead=3 cannot be: "), e.getMessage());
        var steps = new Dimension.Values("train.steps", List.of("9", "18"));
        e =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> Sweep.begin(where, base(), plan(Method.HALVING, 1, steps)));
        assertTrue(e.getMessage().contains("same numbers of steps"), e.getMessage());
        assertFalse(Files.exists(where));
    }
}
