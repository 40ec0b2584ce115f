package io.tornadogpt.scaling;

import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.trainer.data.DataChoice;
import io.tornadogpt.trainer.loop.ModelFlops;
import io.tornadogpt.trainer.report.ResultTable;
import io.tornadogpt.trainer.run.NewRun;
import io.tornadogpt.trainer.settings.RunSettings;
import io.tornadogpt.trainer.sweep.Sweep;
import io.tornadogpt.trainer.sweep.SweepListener;
import io.tornadogpt.trainer.sweep.SweepPlan;
import io.tornadogpt.trainer.sweep.SweepResult;
import io.tornadogpt.trainer.sweep.TrialResult;
import io.tornadogpt.trainer.sweep.TrialRun;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Trains models of several sizes on several numbers of tokens, holds the largest run out, and fits
/// a law to the others.
///
/// In its directory lie two sweeps: `runs`, and `noise` with further seeds of one size. So a ladder
/// goes on like a sweep: no run that is complete is trained again.
///
/// Used by one thread at a time; [#stop] may be called by another.
public final class Ladder implements AutoCloseable {
    private static final String RUNS = "runs";
    private static final String NOISE = "noise";
    private static final long DRAW_SEED = 1;

    private final Path path;
    private final Sweep runs;
    private int threads;
    private SweepListener listener = SweepListener.SILENT;
    private volatile @Nullable Sweep noise;
    private volatile boolean stopping;

    private Ladder(Path path, Sweep runs) {
        this.path = path;
        this.runs = runs;
    }

    /// Begins a ladder: prepares the data of all runs, and checks the settings of each.
    ///
    /// @param directory made if need be; it must hold nothing
    /// @param base what runs have in common: data, tokenizer, block and batch
    public static Ladder begin(
            Path directory, NewRun base, LadderPlan plan, DataChoice.Progress progress)
            throws IOException {
        long tokens = base.settings().train().tokensPerStep();
        Sweep runs =
                Sweep.begin(
                        directory.resolve(RUNS),
                        base,
                        plan.settings(tokens),
                        SweepPlan.seeds(1),
                        progress);
        try {
            List<Map<String, String>> middle =
                    List.of(plan.settings(plan.middle(), plan.tokens().getFirst(), tokens));
            if (plan.seeds() > 1) {
                List<Long> seeds = SweepPlan.seeds(plan.seeds());
                NewRun same = base.with(runs.settings()).with(runs.data());
                Sweep.begin(
                                directory.resolve(NOISE),
                                same,
                                middle,
                                seeds.subList(1, seeds.size()),
                                new DataChoice.Progress() {})
                        .close();
            }
            return new Ladder(directory, runs);
        } catch (IOException | RuntimeException e) {
            runs.close();
            throw e;
        }
    }

    /// Opens a ladder to go on with it.
    ///
    /// @throws IllegalArgumentException where the directory holds none
    public static Ladder resume(Path directory) throws IOException {
        if (!Files.isDirectory(directory.resolve(RUNS))) {
            throw new IllegalArgumentException(
                    "%s holds no ladder to resume: it has no folder %s; name the directory that one was written to"
                            .formatted(directory, RUNS));
        }
        return new Ladder(directory, Sweep.resume(directory.resolve(RUNS)));
    }

    /// Where the ladder is kept.
    public Path path() {
        return path;
    }

    /// The page that shows it.
    public Path page() {
        return path.resolve("scaling.html");
    }

    /// What it is computed on.
    public String device() {
        return runs.device();
    }

    /// Runs of the ladder, without further seeds.
    public int size() {
        return runs.trials().size();
    }

    /// The device to train on; that of the beginning if not set.
    public Ladder device(String name) {
        runs.device(name);
        return this;
    }

    /// Threads of a CPU device, 0 for one a processor.
    public Ladder threads(int count) {
        threads = count;
        return this;
    }

    /// Hears how it goes.
    public Ladder listener(SweepListener value) {
        listener = value;
        return this;
    }

    /// Asks the ladder to stop at the next micro-batch, with a checkpoint; for another thread.
    public void stop() {
        stopping = true;
        runs.stop();
        Sweep further = noise;
        if (further != null) {
            further.stop();
        }
    }

    /// Trains what is not trained yet, fits the law, and writes the page.
    ///
    /// @return empty where it was stopped
    /// @throws IllegalArgumentException where too few runs came to a loss
    public Optional<LadderResult> run() throws IOException {
        SweepResult trained = runs.threads(threads).listener(listener).run();
        if (!trained.finished()) {
            return Optional.empty();
        }
        var losses = new ArrayList<Double>();
        if (Files.isDirectory(path.resolve(NOISE))) {
            try (Sweep further = Sweep.resume(path.resolve(NOISE))) {
                noise = further;
                if (stopping) {
                    further.stop();
                }
                SweepResult seeds =
                        further.device(runs.device()).threads(threads).listener(listener).run();
                if (!seeds.finished()) {
                    return Optional.empty();
                }
                seeds.trials().getFirst().runs().forEach(run -> losses.add(run.score()));
                losses.add(sameAs(seeds.trials().getFirst(), trained));
            } finally {
                noise = null;
            }
        }
        LadderResult result = result(trained, losses);
        new LadderPage(result).page().write(page());
        ResultTable.write(
                path.resolve("results.json"), List.of(result.constants(), result.table()));
        return Optional.of(result);
    }

    /// The loss that the ladder itself has for the settings of the further seeds.
    private static double sameAs(TrialResult further, SweepResult trained) {
        return trained.trials().stream()
                .filter(trial -> trial.trial().settings().equals(further.trial().settings()))
                .mapToDouble(TrialResult::mean)
                .findFirst()
                .orElse(Double.NaN);
    }

    private static LadderResult result(SweepResult trained, List<Double> losses)
            throws IOException {
        var all = new ArrayList<LadderRun>();
        for (TrialResult trial : trained.trials()) {
            if (!trial.failed()) {
                all.add(run(trial.runs().getFirst()));
            }
        }
        all.sort(
                Comparator.comparingDouble((LadderRun r) -> r.observation().parameters())
                        .thenComparingDouble(r -> r.observation().tokens()));
        List<Observation> seen =
                all.subList(0, Math.max(0, all.size() - 1)).stream()
                        .map(LadderRun::observation)
                        .toList();
        FittedLaw fitted = FittedLaw.of(seen, DRAW_SEED);
        return new LadderResult(
                all, all.getLast(), fitted, deviation(losses), Math.max(1, losses.size()));
    }

    private static LadderRun run(TrialRun run) throws IOException {
        RunSettings settings = run.directory().readSettings();
        ModelConfig model = settings.model();
        double parameters =
                new Model(model)
                        .parameters().stream()
                                .filter(p -> p.part() != null && p.part().inBlock())
                                .mapToDouble(p -> p.spec().elements())
                                .sum();
        double tokens = (double) run.steps() * settings.train().tokensPerStep();
        var a = model.architecture();
        String size = new LadderPlan.Rung(a.layers(), a.attention().heads(), a.width()).toString();
        return new LadderRun(
                size,
                run.seed(),
                new Observation(parameters, tokens, run.score()),
                new ModelFlops(model, settings.train().blockSize()).training(),
                run.seconds() / tokens);
    }

    /// Of a sample, by n - 1.
    private static double deviation(List<Double> values) {
        double mean = values.stream().mapToDouble(v -> v).average().orElse(Double.NaN);
        double squares = values.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum();
        return values.size() < 2 ? Double.NaN : Math.sqrt(squares / (values.size() - 1));
    }

    @Override
    public void close() throws IOException {
        runs.close();
    }
}
