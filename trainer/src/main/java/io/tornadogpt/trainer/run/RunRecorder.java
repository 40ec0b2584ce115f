package io.tornadogpt.trainer.run;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.AtomicDirectory;
import io.tornadogpt.core.model.Trainable;
import io.tornadogpt.trainer.loop.TrainingLoop;
import io.tornadogpt.trainer.loop.TrainingTask;
import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.metrics.StepSample;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;

/// Keeps what a training loop produces in the run's directory, and tells the listener.
///
/// @param learned what is kept of the model
/// @param session holds the weights as they stand
/// @param samples writes samples, null for none
/// @param start what checkpoints say besides their step and the best loss
record RunRecorder(
        RunDirectory directory,
        Learned learned,
        Trainable trainable,
        TrainingTask task,
        Session session,
        RunLogs logs,
        @Nullable SampleSource samples,
        TrainingListener listener,
        Checkpoint.State start)
        implements TrainingLoop.Recorder {

    @Override
    public void step(StepMetrics metrics) throws IOException {
        logs.metrics().write(metrics);
        listener.step(metrics);
    }

    @Override
    public void sample(int step) throws IOException {
        StepSample sample = samples == null ? null : samples.sample(step, session);
        if (sample != null) {
            logs.samples().write(sample);
        }
    }

    @Override
    public void best(double validationLoss) throws IOException {
        Path best = learned.isAdapter() ? directory.adapter() : directory.best();
        keep(best);
        listener.best(best, validationLoss);
    }

    private void keep(Path place) throws IOException {
        try (var target = AtomicDirectory.begin(place)) {
            learned.save(target.path(), session);
            task.addTo(target.path());
            Checksums.write(target.path());
            target.commit();
        }
    }

    @Override
    public void save(TrainingLoop.Position position) throws IOException {
        logs.force();
        Path path = directory.checkpoint(position.step());
        Checkpoint.State state = start.at(position.step(), position.bestValidationLoss());
        Checkpoint.save(path, learned, trainable, task, session, state);
        if (learned.isAdapter() && position.bestValidationLoss() == null) {
            keep(directory.adapter());
        }
        directory.prune();
        listener.saved(path);
    }
}
