package io.tornadogpt.trainer.sweep;

import io.tornadogpt.core.files.AtomicFile;
import io.tornadogpt.core.files.DirectoryLock;
import io.tornadogpt.trainer.data.DataChoice;
import io.tornadogpt.trainer.data.TokenizerChoice;
import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.loop.DivergedException;
import io.tornadogpt.trainer.loop.TextTask;
import io.tornadogpt.trainer.metrics.StepLog;
import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.report.Report;
import io.tornadogpt.trainer.report.ResultTable;
import io.tornadogpt.trainer.run.NewRun;
import io.tornadogpt.trainer.run.Run;
import io.tornadogpt.trainer.run.RunDirectory;
import io.tornadogpt.trainer.run.Runs;
import io.tornadogpt.trainer.run.Trainer;
import io.tornadogpt.trainer.run.TrainingListener;
import io.tornadogpt.trainer.settings.RunSettings;
import io.tornadogpt.trainer.settings.TrainConfig;
import io.tornadogpt.trainer.sweep.SweepDirectory.Contents;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Trains a model with many settings, one run after the other, each in a directory of its own.
///
/// ```
/// try (Sweep sweep = Sweep.begin(Path.of("runs/rates"), newRun, plan)) {
///     SweepResult result = sweep.run();
/// }
/// ```
///
/// What a sweep knows stands in the directories of its runs: one that was stopped or killed goes on
/// where it was, resumes the run that was cut off with the same bits, and repeats no run that is
/// complete. With successive halving a trial that goes on is resumed from its checkpoint.
///
/// Used by one thread at a time; [#stop] may be called by another.
public final class Sweep implements AutoCloseable {
    private final SweepDirectory directory;
    private final DirectoryLock lock;
    private final Contents contents;
    private final RunSettings settings;
    private final List<Trial> trials;
    private String device;
    private int threads;
    private SweepListener listener = SweepListener.SILENT;
    private volatile boolean stopping;
    private volatile @Nullable Trainer training;

    private Sweep(
            SweepDirectory directory, DirectoryLock lock, Contents contents, RunSettings settings) {
        this.directory = directory;
        this.lock = lock;
        this.contents = contents;
        this.settings = settings;
        this.device = contents.device();
        this.trials =
                IntStream.range(0, contents.trials().size())
                        .mapToObj(i -> new Trial(i + 1, contents.trials().get(i)))
                        .toList();
    }

    /// Begins a sweep: prepares the data of all runs, and checks the settings of each.
    ///
    /// @param directory made if need be; it must hold nothing
    /// @param base what a run is that nothing is varied in; its seed is not used
    /// @throws IllegalArgumentException where the settings of a trial cannot be, naming the trial
    public static Sweep begin(Path directory, NewRun base, SweepPlan plan) throws IOException {
        return begin(directory, base, plan, new DataChoice.Progress() {});
    }

    /// As above, and tells how far the preparation of the data is.
    public static Sweep begin(
            Path directory, NewRun base, SweepPlan plan, DataChoice.Progress progress)
            throws IOException {
        boolean halving = plan.method() == SweepPlan.Method.HALVING;
        var rungs = new Rungs(halving, plan.eta(), plan.firstSteps());
        return begin(directory, base, plan.settings(), plan.seeds(), rungs, progress);
    }

    /// Begins a sweep of trials that are given one by one.
    ///
    /// @param trials settings of each, all with the same keys in the same order
    /// @param seeds that each of them is trained with
    public static Sweep begin(
            Path directory,
            NewRun base,
            List<Map<String, String>> trials,
            List<Long> seeds,
            DataChoice.Progress progress)
            throws IOException {
        return begin(directory, base, trials, seeds, new Rungs(false, 2, 0), progress);
    }

    private static Sweep begin(
            Path directory,
            NewRun base,
            List<Map<String, String>> trials,
            List<Long> seeds,
            Rungs rungs,
            DataChoice.Progress progress)
            throws IOException {
        var where = new SweepDirectory(directory);
        where.requireEmpty();
        if (base.weights() != null || !base.order().validates()) {
            throw new IllegalArgumentException(
                    "a sweep trains from random weights, and compares losses of a part of the data"
                            + " that validates, so tokens are read in random order");
        }
        check(base.settings(), trials, rungs); // before the data is prepared, which may take long
        Files.createDirectories(directory);
        DirectoryLock lock = where.lock();
        try {
            DataChoice given = base.data();
            boolean own = given == null || !given.isTokens();
            RunSettings settings;
            try (TrainingData data = Runs.prepare(where.data(), base, progress)) {
                settings = base.settings().forVocabulary(data.vocabularySize());
                for (RunSettings one : check(settings, trials, rungs)) {
                    data.requireBlock(base.source(), one.train().blockSize());
                }
                if (data.validation() == null) {
                    throw new IllegalArgumentException(
                            "%s leaves nothing to validate on, by which trials could be compared; give more text"
                                    .formatted(base.source()));
                }
            }
            TokenizerChoice tokenizer = given == null ? null : given.tokenizer();
            var contents =
                    new Contents(
                            rungs.halving(),
                            rungs.eta(),
                            rungs.firstSteps(),
                            seeds,
                            base.device(),
                            base.source(),
                            own || given == null ? null : given.path().toString(),
                            own || tokenizer == null ? null : tokenizer.toString(),
                            trials);
            where.write(contents, settings);
            return new Sweep(where, lock, contents, settings);
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /// The settings of each trial.
    ///
    /// @throws IllegalArgumentException naming a trial that cannot be
    private static List<RunSettings> check(
            RunSettings base, List<Map<String, String>> trials, Rungs rungs) throws IOException {
        var all = new ArrayList<RunSettings>();
        for (Map<String, String> trial : trials) {
            RunSettings settings = with(base, trial);
            TrainConfig train = settings.train();
            train.requireObjective(settings.model());
            if (train.blockSize() > settings.model().context()) {
                throw new IllegalArgumentException(
                        "%s: train.blockSize is %d, but model.blockSize is %d; vary the second alone, and the first follows"
                                .formatted(trial, train.blockSize(), settings.model().context()));
            }
            if (train.evalInterval() == 0) {
                throw new IllegalArgumentException(
                        "train.evalInterval is 0, so nothing is measured that trials could be"
                                + " compared by; set it to 1 or more");
            }
            all.add(settings);
        }
        if (rungs.halving() && all.stream().map(s -> pace(s.train())).distinct().count() > 1) {
            throw new IllegalArgumentException(
                    "successive halving compares trials after the same numbers of steps; leave"
                            + " train.steps and train.evalInterval as they are, or take a grid");
        }
        TrainConfig first = all.getFirst().train();
        rungs.of(trials.size(), first.steps(), first.evalInterval());
        return all;
    }

    private static List<Integer> pace(TrainConfig train) {
        return List.of(train.steps(), train.evalInterval());
    }

    private static RunSettings with(RunSettings base, Map<String, String> trial)
            throws IOException {
        List<String> assignments =
                trial.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList();
        try {
            return base.with(null, assignments);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "the trial %s cannot be: %s"
                            .formatted(String.join(" ", assignments), e.getMessage()),
                    e);
        }
    }

    /// Opens a sweep to go on with it, or to read what came of it.
    ///
    /// @throws IllegalArgumentException where the directory holds no sweep
    public static Sweep resume(Path directory) throws IOException {
        var where = new SweepDirectory(directory);
        Contents contents = where.read();
        DirectoryLock lock = where.lock();
        try {
            return new Sweep(where, lock, contents, where.readSettings());
        } catch (IOException | RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /// Where the sweep is kept.
    public SweepDirectory directory() {
        return directory;
    }

    /// Where the text or tokens come from, in words.
    public String source() {
        return contents.source();
    }

    /// What trials begin with.
    public RunSettings settings() {
        return settings;
    }

    /// What is trained, in the order of numbers.
    public List<Trial> trials() {
        return trials;
    }

    /// The seeds of each trial.
    public List<Long> seeds() {
        return contents.seeds();
    }

    /// The tokens of all runs.
    public DataChoice data() {
        String tokens = contents.tokens();
        String tokenizer = contents.tokenizer();
        return tokens == null
                ? new DataChoice(directory.data(), null)
                : new DataChoice(
                        Path.of(tokens),
                        tokenizer == null ? null : TokenizerChoice.parse(tokenizer));
    }

    /// The device to train on; that of the beginning if not set.
    public Sweep device(String name) {
        device = name;
        return this;
    }

    /// What the sweep is computed on.
    public String device() {
        return device;
    }

    /// Threads of a CPU device, 0 for one a processor; results do not depend on it.
    public Sweep threads(int count) {
        threads = count;
        return this;
    }

    /// Hears how it goes.
    public Sweep listener(SweepListener value) {
        listener = value;
        return this;
    }

    /// Asks the sweep to stop at the next micro-batch, with a checkpoint; for another thread.
    public void stop() {
        stopping = true;
        Trainer present = training;
        if (present != null) {
            present.stop();
        }
    }

    /// Trains what is not trained yet, and writes the table and the page of the runs.
    public SweepResult run() throws IOException {
        boolean finished = trainAll();
        SweepResult result = result(finished);
        ResultTable.write(directory.results(), List.of(result.table()));
        List<RunDirectory> runs =
                result.trials().stream()
                        .flatMap(trial -> trial.runs().stream())
                        .map(TrialRun::directory)
                        .filter(run -> Files.exists(run.metrics()))
                        .toList();
        if (!runs.isEmpty()) {
            Report.of(runs)
                    .titled(directory.path().toAbsolutePath().normalize().getFileName() + "")
                    .with(List.of(result.table()))
                    .write(directory.report());
        }
        return result;
    }

    private boolean trainAll() throws IOException {
        TrainConfig first = with(settings, trials.getFirst().settings()).train();
        var rungs = new Rungs(contents.halving(), contents.eta(), contents.firstSteps());
        List<Trial> alive = trials;
        List<Integer> steps = rungs.of(trials.size(), first.steps(), first.evalInterval());
        for (int rung : steps) {
            var reached = new ArrayList<TrialResult>();
            for (Trial trial : alive) {
                RunSettings own = with(settings, trial.settings());
                int until = contents.halving() ? rung : own.train().steps();
                var runs = new ArrayList<TrialRun>();
                for (long seed : contents.seeds()) {
                    TrialRun run = train(trial, own, seed, until);
                    if (run == null) {
                        return false;
                    }
                    runs.add(run);
                }
                reached.add(new TrialResult(trial, runs));
            }
            if (rung != steps.getLast()) {
                alive =
                        reached.stream()
                                .sorted(TrialResult.BEST_FIRST)
                                .limit(rungs.survivors(alive.size()))
                                .filter(result -> !result.failed())
                                .map(TrialResult::trial)
                                .toList();
                listener.compared(rung, alive.size(), reached.size());
            }
        }
        return true;
    }

    /// Trains a run up to a number of steps, unless it has come so far.
    ///
    /// @return null where it was asked to stop
    private @Nullable TrialRun train(Trial trial, RunSettings own, long seed, int until)
            throws IOException {
        TrialRun before = read(trial, own, seed, until);
        if (before.failure() != null || before.steps() >= until) {
            return before;
        }
        if (stopping || Thread.currentThread().isInterrupted()) {
            return null;
        }
        listener.begins(trial, seed, until);
        RunDirectory run = directory.run(trial, seed);
        String failure = null;
        try (Run<TextTask> opened = open(run, own, seed)) {
            train(opened, until);
        } catch (DivergedException e) {
            failure = e.getMessage();
            AtomicFile.write(
                    directory.failure(trial, seed),
                    String.valueOf(failure).getBytes(StandardCharsets.UTF_8));
        } finally {
            training = null;
        }
        TrialRun after = read(trial, own, seed, until);
        if (failure == null && after.steps() < until) {
            return null;
        }
        Report.of(run).write(run.report());
        listener.ends(trial, after);
        return after;
    }

    private Run<TextTask> open(RunDirectory run, RunSettings own, long seed) throws IOException {
        if (Files.exists(run.settings())) {
            return Runs.resume(run, run.readSettings(), device);
        }
        NewRun begun = NewRun.of(own).with(data()).withSeed(seed).withDevice(device);
        return Runs.begin(run.path(), begun);
    }

    private void train(Run<TextTask> run, int until) throws IOException {
        Trainer trainer = run.trainer().threads(threads);
        trainer.listener(
                new TrainingListener() {
                    @Override
                    public void step(StepMetrics metrics) {
                        listener.step(metrics);
                        if (metrics.step() >= until) {
                            trainer.stop();
                        }
                    }
                });
        training = trainer;
        if (stopping) {
            trainer.stop();
        }
        trainer.run();
    }

    /// What came of the sweep so far.
    private SweepResult result(boolean finished) throws IOException {
        var results = new ArrayList<TrialResult>();
        for (Trial trial : trials) {
            RunSettings own = with(settings, trial.settings());
            var runs = new ArrayList<TrialRun>();
            for (long seed : contents.seeds()) {
                runs.add(read(trial, own, seed, own.train().steps()));
            }
            results.add(new TrialResult(trial, runs));
        }
        return new SweepResult(finished, results);
    }

    /// How far a run has come, by its files. Steps count that have both a line of metrics and a
    /// checkpoint, from which the run would go on.
    ///
    /// @param until steps to which its score is asked for
    private TrialRun read(Trial trial, RunSettings own, long seed, int until) throws IOException {
        RunDirectory run = directory.run(trial, seed);
        Path failed = directory.failure(trial, seed);
        String failure = Files.exists(failed) ? Files.readString(failed) : null;
        if (!Files.exists(run.metrics())) {
            return new TrialRun(seed, run, 0, Double.NaN, 0, failure);
        }
        List<StepMetrics> lines = StepLog.read(run.metrics(), StepMetrics.class);
        int last = lines.isEmpty() ? 0 : lines.getLast().step();
        int saved = run.lastCheckpoint().map(Sweep::stepOf).orElse(0);
        int steps = Math.min(last, saved);
        long tokens = own.train().tokensPerStep();
        double seconds = 0;
        double lowest = Double.NaN;
        double latest = Double.NaN;
        for (StepMetrics line : lines) {
            seconds += tokens / line.tokensPerSecond();
            Double loss = line.valLoss();
            if (loss != null && line.step() <= until) {
                latest = loss;
                lowest = Double.isNaN(lowest) ? loss : Math.min(lowest, loss);
            }
        }
        boolean complete = steps >= own.train().steps();
        double score = complete && until >= own.train().steps() ? lowest : latest;
        return new TrialRun(seed, run, steps, score, seconds, failure);
    }

    private static int stepOf(Path checkpoint) {
        return Integer.parseInt(
                String.valueOf(checkpoint.getFileName()).substring("step-".length()));
    }

    @Override
    public void close() throws IOException {
        lock.close();
    }
}
