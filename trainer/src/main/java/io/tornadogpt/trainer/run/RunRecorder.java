package io.tornadogpt.trainer.run;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.AtomicDirectory;
import io.tornadogpt.core.files.Storage;
import io.tornadogpt.core.model.WeightReader;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.trainer.loop.DivergedException;
import io.tornadogpt.trainer.loop.MemoryBudget;
import io.tornadogpt.trainer.loop.TrainingLoop;
import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.metrics.StepSample;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;

/// Keeps what a training loop produces in the run's directory, and tells the listener.
///
/// Weights are copied, and written in another thread while training goes on; where memory does not
/// suffice for a copy, training waits. One copy is kept of each kind, so a save waits for the one
/// of its kind before.
final class RunRecorder implements TrainingLoop.Recorder, AutoCloseable {
    /// The model that is being asked something, which is there no longer than that takes.
    private static final String ASKED = "asked";

    /// Memory that must stay free beside a copy.
    private static final long SPARE_BYTES = 256L << 20;

    private final Storage storage;
    private final RunDirectory directory;
    private final Checkpoint.Contents contents;
    private final Session session;
    private final RunLogs logs;
    private final @Nullable SampleSource samples;
    private final @Nullable ModelProbe probe;
    private final TrainingListener listener;
    private final Checkpoint.State start;
    private final int kept;
    private final DataCheck data;
    private final boolean divided;
    private final Saver saver = new Saver();
    private final Copy models;
    private final Copy states;

    /// Looks whether the data is still what it was.
    interface DataCheck {
        void run() throws IOException;
    }

    /// A copy of tensors, or the intention to make one.
    private static final class Copy {
        private final List<TensorSpec> tensors;
        private @Nullable Snapshot snapshot;
        private @Nullable Future<Runnable> writing;

        Copy(List<TensorSpec> tensors) {
            this.tensors = tensors;
        }
    }

    /// @param session holds the weights as they stand
    /// @param samples writes samples, null for none
    /// @param probe asks the model something, null for nothing
    /// @param start what checkpoints say besides where the run stands
    /// @param kept how many checkpoints are kept
    /// @param divided whether other processes have parts of the optimizer's state, which all of
    ///   them read at the same time and once
    RunRecorder(
            Storage storage,
            RunDirectory directory,
            Checkpoint.Contents contents,
            Session session,
            RunLogs logs,
            @Nullable SampleSource samples,
            @Nullable ModelProbe probe,
            TrainingListener listener,
            Checkpoint.State start,
            int kept,
            DataCheck data,
            boolean divided) {
        this.divided = divided;
        this.storage = storage;
        this.directory = directory;
        this.contents = contents;
        this.session = session;
        this.logs = logs;
        this.samples = samples;
        this.probe = probe;
        this.listener = listener;
        this.start = start;
        this.kept = kept;
        this.data = data;
        List<TensorSpec> weights = contents.learned().tensors();
        this.models = new Copy(weights);
        var all = new ArrayList<>(weights);
        all.addAll(contents.trainable().moments());
        this.states = new Copy(all);
    }

    @Override
    public void step(StepMetrics metrics) throws IOException {
        saver.takeIn();
        data.run();
        logs.metrics().write(metrics);
        listener.step(metrics);
        if (metrics.skipped() != null) {
            listener.skipped(metrics);
        }
    }

    @Override
    public void alarm(StepMetrics metrics, double multiple) {
        listener.largeGradients(metrics, multiple);
    }

    @Override
    public boolean sample(int step) throws IOException {
        if (samples == null) {
            return true;
        }
        StepSample sample = samples.sample(step, session);
        if (sample != null) {
            logs.samples().write(sample);
        }
        return sample != null;
    }

    /// The model is written beside the run's files and opened from there, as any other model is.
    @Override
    public Map<String, Double> ask() throws IOException {
        if (probe == null || contents.learned().isAdapter()) {
            return Map.of();
        }
        Path place = directory.path().resolve(ASKED);
        try (var target = AtomicDirectory.begin(storage, place, contents.modelBytes())) {
            contents.writeModel(target, session::readFloats);
            target.commit();
        }
        try {
            return probe.ask(place);
        } finally {
            AtomicDirectory.delete(storage, place);
        }
    }

    @Override
    public void best(double validationLoss) throws IOException {
        Path best = contents.learned().isAdapter() ? directory.adapter() : directory.best();
        save(models, values -> keep(best, values, () -> listener.best(best, validationLoss)));
    }

    private Runnable keep(Path place, WeightReader values, Runnable then) throws IOException {
        try (var target = AtomicDirectory.begin(storage, place, contents.modelBytes())) {
            contents.writeModel(target, values);
            target.commit();
        }
        return then;
    }

    @Override
    public void save(TrainingLoop.Position position, boolean failing) throws IOException {
        data.run();
        Path path = directory.checkpoint(position.step());
        Checkpoint.State state = start.at(position, logs.lengths());
        Map<String, byte[]> taskState = contents.state().files();
        save(
                states,
                values -> {
                    logs.force();
                    Checkpoint.save(storage, path, contents, values, state, taskState);
                    if (contents.learned().isAdapter() && position.bestValidationLoss() == null) {
                        keep(directory.adapter(), values, () -> {});
                    }
                    if (!failing) {
                        directory.prune(storage, kept);
                    }
                    return () -> listener.saved(path);
                });
    }

    private interface Write {
        /// @return what is to be done then in the thread that trains
        Runnable run(WeightReader values) throws IOException;
    }

    private void save(Copy copy, Write write) throws IOException {
        if (copy.writing != null) {
            saver.finish(copy.writing);
        }
        Snapshot snapshot = room(copy);
        if (snapshot == null) {
            saver.finish();
            requireFinite(copy.tensors);
            write.run(session::readFloats).run();
            return;
        }
        snapshot.copy(session);
        Callable<Runnable> work =
                () -> {
                    snapshot.notFinite().ifPresent(this::refuse);
                    return write.run(snapshot.values());
                };
        copy.writing = saver.submit(work);
    }

    /// Where a copy can be made, null where memory does not suffice.
    private @Nullable Snapshot room(Copy copy) {
        if (copy.snapshot == null) {
            long needed = Snapshot.bytes(copy.tensors) + SPARE_BYTES;
            if (divided) {
                MemoryBudget.require(needed);
            } else if (MemoryBudget.available() < needed) {
                return null;
            }
            try {
                copy.snapshot = new Snapshot(copy.tensors);
            } catch (OutOfMemoryError e) {
                return null;
            }
        }
        return copy.snapshot;
    }

    private void requireFinite(List<TensorSpec> tensors) {
        for (TensorSpec spec : tensors) {
            try (var one = new Snapshot(List.of(spec))) {
                one.copy(session);
                one.notFinite().ifPresent(this::refuse);
            }
        }
    }

    /// Such weights cannot be trained further, and must not replace those that can.
    private void refuse(String tensor) {
        throw new DivergedException(
                "'%s' holds numbers that are not finite, so nothing was saved".formatted(tensor),
                Integer.MAX_VALUE);
    }

    /// Waits until everything is on disk.
    void finish() throws IOException {
        saver.finish();
    }

    @Override
    public void close() {
        saver.close();
        for (Copy copy : List.of(models, states)) {
            Optional.ofNullable(copy.snapshot).ifPresent(Snapshot::close);
        }
    }
}
