package io.tornadogpt.trainer.run;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.AtomicFile;
import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.files.DirectoryLock;
import io.tornadogpt.core.files.Storage;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.trainer.data.BatchSource;
import io.tornadogpt.trainer.data.Order;
import io.tornadogpt.trainer.data.StepRefusedException;
import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.loop.DivergedException;
import io.tornadogpt.trainer.loop.FaultFinder;
import io.tornadogpt.trainer.loop.GradientExchange;
import io.tornadogpt.trainer.loop.MemoryBudget;
import io.tornadogpt.trainer.loop.Recent;
import io.tornadogpt.trainer.loop.TextTask;
import io.tornadogpt.trainer.loop.TrainingLoop;
import io.tornadogpt.trainer.loop.TrainingPrograms;
import io.tornadogpt.trainer.loop.TrainingTask;
import io.tornadogpt.trainer.metrics.StepLog;
import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.parallel.Communicator;
import io.tornadogpt.trainer.parallel.DividedTraining;
import io.tornadogpt.trainer.parallel.Together;
import io.tornadogpt.trainer.settings.RunSettings;
import io.tornadogpt.trainer.settings.Settings;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.Stream;

/// Trains a model, as configured by the methods that return this, with [#run].
///
/// ```
/// TrainingResult result =
///         new Trainer(model, TrainConfig.defaults().with("steps=500"), data, Path.of("run"))
///                 .seed(1)
///                 .run();
/// ```
///
/// On the CPU a run that was stopped and resumed ends with the same bits as one that never stopped,
/// on any number of threads. Training stops cleanly at the next micro-batch after [#stop], or when
/// the thread in [#run] is interrupted.
///
/// A loss of one's own is the [io.tornadogpt.core.model.graph.Objective] of a [TrainingTask]; a
/// model of one's own is a [ModelConfig] of an architecture, in the files of a family that can hold
/// it. A program that is no transformer is trained by a loop of its own, as the example
/// `OwnTrainingLoop` has one.
///
/// Used by one thread at a time; [#stop] may be called by another.
public final class Trainer {
    private static final System.Logger LOG = System.getLogger(Trainer.class.getName());

    private final Model model;
    private final TrainConfig config;
    private final RunSettings settings;
    private final TrainingTask task;
    private final RunDirectory directory;
    private String device = "cpu";
    private int threads;
    private long seed = 1337;
    private Order order = Order.RANDOM;
    private boolean resume;
    private @Nullable Path resumeFrom;
    private Storage storage = Storage.DISK;
    private boolean locked;
    private boolean restarts;
    private @Nullable StoredModel initialWeights;
    private @Nullable SampleSource samples;
    private TrainingListener listener = TrainingListener.SILENT;
    private @Nullable ModelProbe probe;
    private Communicator communicator = Communicator.ALONE;
    private volatile boolean stopping;

    /// @param model its vocabulary must hold all of the data's tokens
    /// @param config how to train
    /// @param data what to train on; stays open
    /// @param output directory of the run; made if need be, empty unless the run is resumed
    public Trainer(ModelConfig model, TrainConfig config, TrainingData data, Path output) {
        this(new RunSettings(model, config, true), new TextTask(data), output);
        config.requireObjective(model);
    }

    /// Trains for any task.
    ///
    /// @param settings of the model, its training and the task
    /// @param task what to train for; stays open
    /// @param output directory of the run; made if need be, empty unless the run is resumed
    public Trainer(RunSettings settings, TrainingTask task, Path output) {
        ModelConfig model = settings.model();
        TrainConfig config = settings.train();
        if (config.blockSize() > model.context()) {
            throw new IllegalArgumentException(
                    "train.blockSize is %d, but model.blockSize is %d; lower the first or raise the second"
                            .formatted(config.blockSize(), model.context()));
        }
        ModelConfig described = SpecialTokens.added(model, task.tokenizer());
        this.settings = settings.describedAs(described);
        this.model = task.inSession(this.settings.sessionModel());
        this.config = config;
        this.task = task;
        this.directory = new RunDirectory(output);
    }

    /// As above, with a model of GPT-2's or GPT-Neo's family.
    public Trainer(GptConfig model, TrainConfig config, TrainingData data, Path output) {
        this(model.model(), config, data, output);
    }

    /// The device to train on: a backend's name, and behind a colon which of its devices; `cpu` if
    /// not set.
    public Trainer device(String name) {
        device = name;
        return this;
    }

    /// Threads of a CPU device, 0 for one a processor; results do not depend on it.
    public Trainer threads(int count) {
        threads = count;
        return this;
    }

    /// Seed of initialization, batches and dropout.
    public Trainer seed(long value) {
        seed = value;
        return this;
    }

    /// In which order the training tokens are read; random if not set.
    public Trainer order(Order value) {
        order = value;
        return this;
    }

    /// Resumes from the last checkpoint in the output directory.
    public Trainer resume() {
        resume = true;
        return this;
    }

    /// Resumes from the beginning where there is no checkpoint yet: the run began with random
    /// weights, which its seed tells.
    Trainer restarting() {
        restarts = true;
        return this;
    }

    /// Resumes from one checkpoint of those in the output directory. The ones that came after it
    /// are deleted once it is known to be whole.
    public Trainer resumeFrom(Path checkpoint) {
        resume = true;
        resumeFrom = checkpoint;
        return this;
    }

    /// Writes to another disk.
    Trainer storage(Storage other) {
        storage = other;
        return this;
    }

    /// Leaves it to the caller to keep others out of the output directory.
    Trainer inLockedDirectory() {
        locked = true;
        return this;
    }

    /// Starts from the weights of a model instead of random ones.
    public Trainer startFrom(StoredModel weights) {
        initialWeights = weights;
        return this;
    }

    /// Writes samples during training; without it none are written.
    public Trainer samples(SampleSource source) {
        samples = source;
        return this;
    }

    /// Asks the model something every `train.evalTasksInterval` steps; without it nothing is asked.
    public Trainer probe(ModelProbe value) {
        probe = value;
        return this;
    }

    /// Receives the events of the run, in the thread that trains.
    public Trainer listener(TrainingListener value) {
        listener = value;
        return this;
    }

    /// Trains together with other processes, each of which makes the same calls. All of them see
    /// the output directory; only the one of rank 0 writes into it, makes samples and tells the
    /// listener. The settings' micro-batches are those of a step over all processes.
    public Trainer communicator(Communicator value) {
        communicator = value;
        return this;
    }

    /// Asks a run to stop at the next micro-batch; for another thread. The run then saves a
    /// checkpoint of the last complete step and returns.
    public void stop() {
        stopping = true;
    }

    /// The settings of the run as flat keys, as they are saved with it.
    public Settings settings() {
        return settings.flat();
    }

    /// All programs that the run needs, for planning.
    public List<Program> programs() {
        return programs(trainingPrograms(config));
    }

    /// Bytes that the run takes outside of its session: those of the exchange with other processes.
    ///
    /// @param device whose memory may be reached in place
    public long exchangeBytes(Backend device) {
        DividedTraining divided = divided(config);
        return divided == null ? 0 : divided.bytes(device.name().equals("cpu"));
    }

    private TrainingPrograms trainingPrograms(TrainConfig training) {
        DividedTraining divided = divided(training);
        return divided == null ? TrainingPrograms.of(model, training, task) : divided.programs();
    }

    /// How the training is divided; null where one process trains and adds gradients up in place.
    private @Nullable DividedTraining divided(TrainConfig training) {
        return training.treeReduction()
                ? DividedTraining.of(
                        communicator, model, training, TrainingPrograms.of(model, training, task))
                : null;
    }

    private List<Program> programs(TrainingPrograms training) {
        List<Program> guests =
                samples == null || config.sampleInterval() == 0 ? List.of() : samples.programs();
        return Stream.of(training.programs(), task.programs(model), guests)
                .flatMap(List::stream)
                .toList();
    }

    /// Trains until all steps are done, [#stop] is called, or the thread that called this is
    /// interrupted, which stops the run as [#stop] does: at the next micro-batch, with a
    /// checkpoint. The thread is then still interrupted. Listeners are called by another thread.
    ///
    /// @throws IllegalArgumentException where the configuration cannot be run: no such device, not
    ///   enough memory, too little data, another process that trains in the output directory; the
    ///   directory is then as it was before
    /// @throws DivergedException where losses, gradients or weights stop being finite
    public TrainingResult run() throws IOException {
        return OwnThread.run("training", this::stop, this::train);
    }

    private TrainingResult train() throws IOException {
        Backend backend = Backends.named(device);
        if (communicator.size() > 1) {
            requireTogether(backend);
        }
        TrainingPrograms training = trainingPrograms(config);
        List<Program> programs = programs(training);
        requireMemory(backend, programs);
        BatchSource batches = task.batches(config, order, seed);
        task.requireVocabulary(model.config().vocabulary());
        if (locked || !communicator.leads()) {
            return run(backend, training, programs, batches);
        }
        try (DirectoryLock _ = directory.lock(storage)) {
            try {
                return run(backend, training, programs, batches);
            } catch (IOException | RuntimeException e) {
                directory.deleteIfEmpty();
                throw e;
            }
        }
    }

    /// Checks that all processes are about to do the same.
    private void requireTogether(Backend backend) {
        if (!config.treeReduction()) {
            throw new IllegalArgumentException(
                    "train.treeReduction is false, but %d processes train together; set it to true"
                            .formatted(communicator.size()));
        }
        var facts = new TreeMap<String, String>();
        Settings flat = settings();
        flat.keys().forEach(key -> facts.put(key, flat.value(key).toString()));
        task.identity().forEach((part, hash) -> facts.put("SHA-256 of " + part, hash));
        facts.put("device", backend.name() + " (" + backend.description() + ")");
        facts.put("seed", Long.toString(seed));
        facts.put("order", order.toString());
        facts.put("version", String.valueOf(Machine.version()));
        Together.requireSame(communicator, facts);
    }

    private TrainingResult run(
            Backend backend, TrainingPrograms training, List<Program> programs, BatchSource batches)
            throws IOException {
        boolean leads = communicator.leads();
        var learned = new Learned(model, model.adapter() == null ? null : requireBase());
        FrozenBase base = learned.base() == null ? null : FrozenBase.of(learned.base());
        Checkpoint checkpoint = checkpoint(backend, base);
        var contents =
                new Checkpoint.Contents(
                        learned, training.trainable(), task.companions(), task::state);
        DividedTraining divided = divided(config);
        boolean begun = resume;
        try (var own = backend.open(programs, new ExecutionOptions(threads));
                var logs = leads ? RunLogs.append(storage, directory) : null;
                var exchange = divided == null ? null : divided.exchange(own)) {
            Session session = divided == null ? own : divided.whole(own);
            if (initialWeights != null && config.mup() > 0) {
                throw new IllegalArgumentException(
                        "model.mup is %d, but it says how random weights start, and this run starts from the weights of a model; set model.mup=0"
                                .formatted(config.mup()));
            }
            if (checkpoint != null) {
                checkpoint.restore(learned, training.trainable(), session);
            } else if (initialWeights != null) {
                load(initialWeights, session);
            } else {
                settings.initialize(model, session, seed);
            }
            if (exchange != null) {
                task.join(exchange.exchange());
            }
            begin(session, training, checkpoint);
            var start =
                    checkpoint != null
                            ? checkpoint.state().under(settings())
                            : Checkpoint.State.atStart(
                                    seed, backend.description(), task.identity(), settings(), base);
            List<StepMetrics> before = checkpoint != null ? lastMetrics() : List.of();
            Together.all(communicator, () -> before); // read, so that they may be written to
            if (logs != null) {
                logs.starts()
                        .write(
                                Machine.start(
                                        start.step(), backend, threads, model.parameterCount()));
            }
            try (var recorder =
                    logs == null ? null : recorder(contents, session, logs, start, divided)) {
                TrainingLoop.Recorder told =
                        recorder != null ? recorder : new Follower(divided, session);
                var loop =
                        new TrainingLoop(
                                session,
                                config,
                                training,
                                task,
                                batches,
                                seed,
                                told,
                                start.position(),
                                exchange == null ? GradientExchange.ALONE : exchange.exchange());
                loop.remember(before);
                var finder =
                        new FaultFinder(
                                backend,
                                new ExecutionOptions(threads),
                                model,
                                training,
                                own,
                                batches,
                                seed);
                begun = true;
                LOG.log(Level.DEBUG, () -> "trains in " + directory.path() + " on " + device);
                TrainingLoop.Position end =
                        recorder == null ? loop.run(() -> stopping) : run(loop, recorder, finder);
                Together.all(communicator, communicator::gatherPatiently, () -> end);
                return result(end, loop.lastLoss());
            }
        } finally {
            if (!begun && leads) {
                directory.withdraw();
            }
        }
    }

    /// Settles the directory, and finds where to go on; null for the beginning.
    private @Nullable Checkpoint checkpoint(Backend backend, @Nullable FrozenBase base)
            throws IOException {
        if (!communicator.leads()) {
            Together.all(communicator, communicator::gatherPatiently, () -> device);
            String path = Together.ofLeader(communicator, "");
            return path.isEmpty() ? null : Checkpoint.open(Path.of(path));
        }
        Checkpoint found =
                Together.all(
                                communicator,
                                communicator::gatherPatiently,
                                () -> Optional.ofNullable(settle(backend, base)))
                        .orElse(null);
        Together.ofLeader(communicator, found == null ? "" : found.path().toString());
        return found;
    }

    private @Nullable Checkpoint settle(Backend backend, @Nullable FrozenBase base)
            throws IOException {
        if (!resume) {
            directory.create(storage);
        }
        directory.recover(storage);
        Checkpoint checkpoint = resume ? lastCheckpoint(backend) : null;
        if (checkpoint != null && base != null) {
            checkpoint.requireBase(base);
        }
        AtomicFile.write(storage, directory.modelConfig(), model.config().json(StorageType.F32));
        settings().write(storage, directory.settings());
        return checkpoint;
    }

    private void begin(Session session, TrainingPrograms training, @Nullable Checkpoint checkpoint)
            throws IOException {
        if (checkpoint != null) {
            task.resume(session, training, directory.data(), checkpoint.path());
            return;
        }
        Together.leaderFirst(
                communicator,
                () -> {
                    task.begin(session, training, directory.data());
                    return device;
                },
                () -> {
                    task.resume(session, training, directory.data(), null);
                    return device;
                });
    }

    private RunRecorder recorder(
            Checkpoint.Contents contents,
            Session session,
            RunLogs logs,
            Checkpoint.State start,
            @Nullable DividedTraining divided) {
        return new RunRecorder(
                storage,
                directory,
                contents,
                session,
                logs,
                samples,
                probe,
                listener,
                start,
                config.keepCheckpoints(),
                task::requireUnchanged,
                divided != null);
    }

    /// What the processes do that keep nothing of a run: their part when the optimizer's state is
    /// saved.
    private record Follower(@Nullable DividedTraining divided, Session session)
            implements TrainingLoop.Recorder {
        @Override
        public void step(StepMetrics metrics) {}

        @Override
        public void best(double validationLoss) {}

        @Override
        public boolean sample(int step) {
            return true;
        }

        @Override
        public void save(TrainingLoop.Position position, boolean failing) {
            if (divided != null) {
                divided.sendMoments(session);
            }
        }
    }

    private TrainingLoop.Position run(TrainingLoop loop, RunRecorder recorder, FaultFinder finder)
            throws IOException {
        try {
            TrainingLoop.Position end = loop.run(() -> stopping);
            recorder.finish();
            return end;
        } catch (DivergedException e) {
            try {
                recorder.finish(); // the checkpoint to go back to may still be on its way
            } catch (IOException | RuntimeException other) {
                e.addSuppressed(other);
            }
            throw explained(e, finder);
        } catch (StepRefusedException e) {
            recorder.finish(); // what was saved may still be on its way
            throw e;
        } catch (InternalError e) {
            // What Java makes of a mapped file that was cut short.
            task.requireUnchanged();
            throw e;
        }
    }

    /// Adds which tensor was the first, and where to go on.
    private DivergedException explained(DivergedException e, FaultFinder finder)
            throws IOException {
        int good = e.goodSteps();
        Optional<String> first =
                good < config.steps()
                        ? finder.find(good, config.gradAccumulation())
                        : Optional.empty();
        String found =
                first.map(
                                tensor ->
                                        "; the first tensor that was not finite, at step %d, was %s"
                                                .formatted(good + 1, tensor))
                        .orElse(
                                good < config.steps()
                                        ? "; when step %d was computed again, all was finite"
                                                .formatted(good + 1)
                                        : "");
        Optional<Path> checkpoint = directory.lastCheckpointBefore(good);
        String next =
                checkpoint
                        .map(path -> "start a new run from the last good checkpoint, " + path + ",")
                        .orElse("there is no checkpoint from before: start a new run");
        return new DivergedException(
                "%s%s; %s with a lower train.learningRate or with train.gradClip"
                        .formatted(e.getMessage(), found, next),
                good,
                checkpoint.orElse(null),
                e);
    }

    private List<StepMetrics> lastMetrics() throws IOException {
        List<StepMetrics> all = StepLog.read(directory.metrics(), StepMetrics.class);
        return all.subList(Math.max(0, all.size() - Recent.WINDOW), all.size());
    }

    private TrainingResult result(TrainingLoop.Position end, double lastLoss) throws IOException {
        Double best = end.bestValidationLoss();
        return new TrainingResult(
                end.step(),
                end.step() >= config.steps() && end.unfinished() == null,
                lastLoss,
                best == null ? OptionalDouble.empty() : OptionalDouble.of(best),
                directory,
                directory.model());
    }

    private void requireMemory(Backend backend, List<Program> programs) {
        // Processes on one machine share its memory.
        long outside = exchangeBytes(backend);
        int sharing = communicator.onThisMachine();
        MemoryBudget.require(
                sharing * (backend.plan(programs).bytes() + outside),
                () -> {
                    TrainConfig again = config.with("gradientCheckpointing=true");
                    long bytes = backend.plan(programs(trainingPrograms(again))).bytes();
                    return sharing * (bytes + outside);
                });
        MemoryBudget.requireHeap(
                model.parameters().stream().mapToLong(p -> p.spec().sliceBytes()).max().orElse(0));
    }

    /// What an adapter is trained on.
    private StoredModel requireBase() {
        if (initialWeights == null) {
            throw new IllegalArgumentException(
                    "lora.rank is %d, but an adapter changes a model that there is; start from the weights of one, or set lora.rank=0"
                            .formatted(settings.lora().rank()));
        }
        return initialWeights;
    }

    /// A model that is to have another head than the one it starts from gets a new one, and so does
    /// one that is to have an adapter.
    private void load(StoredModel weights, Session session) throws IOException {
        if (model.adapter() == null && model.config().hasWeightsOf(weights.config())) {
            weights.load(model, session);
        } else {
            weights.loadUnderHead(model, session, seed);
        }
    }

    /// Where to go on; null for the beginning.
    private @Nullable Checkpoint lastCheckpoint(Backend backend) throws IOException {
        Path chosen = resumeFrom;
        if (chosen == null && restarts && directory.allCheckpoints().isEmpty()) {
            directory.makeCheckpoints(storage);
            RunLogs.clear(storage, directory);
            return null;
        }
        Checkpoint checkpoint = chosen != null ? Checkpoint.open(chosen) : newestCheckpoint();
        checkpoint.requireSame(seed, task.identity(), settings(), task::nameOf);
        if (!checkpoint.state().device().equals(backend.description())) {
            listener.deviceChanged(checkpoint.state().device(), backend.description());
        }
        if (chosen != null) {
            directory.deleteAfter(storage, chosen);
        }
        RunLogs.cutAfter(storage, directory, checkpoint.state());
        List<StepMetrics> before = lastMetrics();
        if (before.isEmpty() || before.getLast().skipped() == null) {
            // This one is whole. A run that filled its disk goes on with fewer of them.
            directory.prune(storage, config.keepCheckpoints());
        }
        return checkpoint;
    }

    private Checkpoint newestCheckpoint() throws IOException {
        List<Path> all = directory.allCheckpoints();
        if (all.isEmpty()) {
            throw new IllegalArgumentException(
                    directory.path()
                            + " holds no checkpoint to resume from;"
                            + " start a new run in another directory");
        }
        try {
            return Checkpoint.open(all.getLast());
        } catch (BadFileException damage) {
            throw new DamagedCheckpointException(
                    damage, newestWhole(all.subList(0, all.size() - 1)));
        }
    }

    private static @Nullable Path newestWhole(List<Path> checkpoints) throws IOException {
        for (Path path : checkpoints.reversed()) {
            if (isWhole(path)) {
                return path;
            }
        }
        return null;
    }

    private static boolean isWhole(Path checkpoint) throws IOException {
        try {
            Checkpoint.open(checkpoint);
            return true;
        } catch (BadFileException e) {
            return false;
        }
    }
}
