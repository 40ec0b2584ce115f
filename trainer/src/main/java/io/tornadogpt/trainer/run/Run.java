package io.tornadogpt.trainer.run;

import io.tornadogpt.core.files.DirectoryLock;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.trainer.loop.TrainingTask;
import io.tornadogpt.trainer.settings.RunSettings;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/// A run with the data of its task open, ready to train. It comes from [Runs]; [#train] trains it
/// and closes it. A listener, samples and threads are set at its [#trainer] before.
///
/// Used by one thread at a time; [Trainer#stop] may be called by another.
///
/// @param <T> what it trains for
public final class Run<T extends TrainingTask> implements AutoCloseable {
    private final RunDirectory directory;
    private final @Nullable DirectoryLock lock;
    private final RunOrigin origin;
    private final RunSettings settings;
    private final T task;
    private final Trainer trainer;

    /// @param lock on the directory, closed with the run; null where another process has it
    /// @param settings with the vocabulary that the data needs
    Run(
            RunDirectory directory,
            @Nullable DirectoryLock lock,
            RunOrigin origin,
            RunSettings settings,
            T task,
            String device,
            @Nullable StoredModel weights) {
        this.directory = directory;
        this.lock = lock;
        this.origin = origin;
        this.settings = settings;
        this.task = task;
        this.trainer =
                new Trainer(settings, task, directory.path())
                        .inLockedDirectory()
                        .device(device)
                        .seed(origin.seed())
                        .order(origin.order());
        if (weights != null) {
            trainer.startFrom(weights);
        }
    }

    /// Where the run is kept.
    public RunDirectory directory() {
        return directory;
    }

    /// How the run was begun.
    public RunOrigin origin() {
        return origin;
    }

    /// The model and its training, with the vocabulary that the data needs.
    public RunSettings settings() {
        return settings;
    }

    /// What it trains for, and on what.
    public T task() {
        return task;
    }

    /// What trains it, for a listener, samples or threads to be set.
    public Trainer trainer() {
        return trainer;
    }

    /// Trains until all steps are done or the trainer is stopped, and closes the data.
    ///
    /// @throws IllegalArgumentException where the configuration cannot be run: no such device, not
    ///   enough memory, another run's data or settings
    /// @throws io.tornadogpt.trainer.loop.DivergedException where gradients stop being finite
    public TrainingResult train() throws IOException {
        try (this) {
            return trainer.run();
        }
    }

    /// Closes the data. A run that was begun and never got as far as its first step leaves nothing
    /// behind.
    @Override
    public void close() throws IOException {
        try (lock) {
            task.close();
            if (lock != null) {
                directory.abandon();
            }
        }
    }
}
