package io.tornadogpt.trainer.run;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.trainer.data.BatchSource;
import io.tornadogpt.trainer.data.Order;
import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.loop.DivergedException;
import io.tornadogpt.trainer.loop.MemoryBudget;
import io.tornadogpt.trainer.loop.TextTask;
import io.tornadogpt.trainer.loop.TrainingLoop;
import io.tornadogpt.trainer.loop.TrainingPrograms;
import io.tornadogpt.trainer.loop.TrainingTask;
import io.tornadogpt.trainer.settings.RunSettings;
import io.tornadogpt.trainer.settings.Settings;
import io.tornadogpt.trainer.settings.TrainConfig;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
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
/// on any number of threads. Training stops cleanly at the next micro-batch after [#stop].
public final class Trainer {
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
    private @Nullable StoredModel initialWeights;
    private @Nullable SampleSource samples;
    private TrainingListener listener = TrainingListener.SILENT;
    private volatile boolean stopping;

    /// @param model its vocabulary must hold all of the data's tokens
    /// @param config how to train
    /// @param data what to train on; stays open
    /// @param output directory of the run; made if need be, empty unless the run is resumed
    public Trainer(ModelConfig model, TrainConfig config, TrainingData data, Path output) {
        this(new RunSettings(model, config, true), new TextTask(data), output);
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
        this.settings = settings;
        this.model = settings.sessionModel();
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

    /// Receives the events of the run.
    public Trainer listener(TrainingListener value) {
        listener = value;
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

    private TrainingPrograms trainingPrograms(TrainConfig training) {
        return TrainingPrograms.of(model, training, task);
    }

    private List<Program> programs(TrainingPrograms training) {
        List<Program> guests =
                samples == null || config.sampleInterval() == 0 ? List.of() : samples.programs();
        return Stream.concat(training.programs().stream(), guests.stream()).toList();
    }

    /// Trains until all steps are done or [#stop] is called.
    ///
    /// @throws IllegalArgumentException where the configuration cannot be run: no such device, not
    ///   enough memory, too little data
    /// @throws DivergedException where gradients stop being finite
    public TrainingResult run() throws IOException {
        Backend backend = Backends.named(device);
        TrainingPrograms training = trainingPrograms(config);
        List<Program> programs = programs(training);
        requireMemory(backend, programs);
        BatchSource batches = task.batches(config, order, seed);
        task.requireVocabulary(model.config().vocabulary());
        var learned = new Learned(model, model.adapter() == null ? null : requireBase());
        FrozenBase base = learned.base() == null ? null : FrozenBase.of(learned.base());
        Checkpoint checkpoint = resume ? lastCheckpoint(backend) : null;
        if (checkpoint != null && base != null) {
            checkpoint.requireBase(base);
        }
        if (checkpoint == null) {
            directory.create();
        }
        model.config().write(directory.modelConfig(), StorageType.F32);
        settings().write(directory.settings());
        try (var session = backend.open(programs, new ExecutionOptions(threads));
                var logs = RunLogs.append(directory)) {
            if (checkpoint != null) {
                checkpoint.restore(learned, training.trainable(), session);
            } else if (initialWeights != null) {
                load(initialWeights, session);
            } else {
                model.initialize(session, seed);
            }
            if (checkpoint == null) {
                task.begin(session, training, directory.data());
            } else {
                task.resume(directory.data());
            }
            var start =
                    checkpoint != null
                            ? checkpoint.state().under(settings())
                            : Checkpoint.State.atStart(
                                    seed, backend.description(), task.identity(), settings(), base);
            logs.starts()
                    .write(Machine.start(start.step(), backend, threads, model.parameterCount()));
            var recorder =
                    new RunRecorder(
                            directory,
                            learned,
                            training.trainable(),
                            task,
                            session,
                            logs,
                            samples,
                            listener,
                            start);
            var loop =
                    new TrainingLoop(
                            session,
                            config,
                            training,
                            task,
                            batches,
                            seed,
                            recorder,
                            new TrainingLoop.Position(start.step(), start.bestValidationLoss()));
            return result(loop.run(() -> stopping), loop.lastLoss());
        }
    }

    private TrainingResult result(TrainingLoop.Position end, double lastLoss) throws IOException {
        Double best = end.bestValidationLoss();
        return new TrainingResult(
                end.step(),
                end.step() >= config.steps(),
                lastLoss,
                best == null ? OptionalDouble.empty() : OptionalDouble.of(best),
                directory,
                directory.model());
    }

    private void requireMemory(Backend backend, List<Program> programs) {
        MemoryBudget.require(
                backend.plan(programs).bytes(),
                () -> {
                    TrainConfig again = config.with("gradientCheckpointing=true");
                    return backend.plan(programs(trainingPrograms(again))).bytes();
                });
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

    private Checkpoint lastCheckpoint(Backend backend) throws IOException {
        Path path =
                directory
                        .lastCheckpoint()
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                directory.path()
                                                        + " holds no checkpoint to resume from;"
                                                        + " start a new run in another directory"));
        Checkpoint checkpoint = Checkpoint.open(path);
        checkpoint.requireSame(seed, task.identity(), settings());
        if (!checkpoint.state().device().equals(backend.description())) {
            listener.deviceChanged(checkpoint.state().device(), backend.description());
        }
        RunLogs.cutAfter(directory, checkpoint.state().step());
        return checkpoint;
    }
}
