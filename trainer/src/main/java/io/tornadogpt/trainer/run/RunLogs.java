package io.tornadogpt.trainer.run;

import io.tornadogpt.core.files.Storage;
import io.tornadogpt.trainer.metrics.RunStart;
import io.tornadogpt.trainer.metrics.StepLog;
import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.metrics.StepSample;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// The logs of a run. They agree with each other: those of a run that goes on from a checkpoint say
/// nothing of the steps that came after it before.
///
/// @param starts on what the run was computed
/// @param metrics a line a step
/// @param samples what the model wrote
record RunLogs(StepLog<RunStart> starts, StepLog<StepMetrics> metrics, StepLog<StepSample> samples)
        implements AutoCloseable {

    /// Opens all logs to append to them. Their names are on the disk then; checkpoints count on
    /// them, and force their contents only.
    static RunLogs append(Storage storage, RunDirectory run) throws IOException {
        StepLog<RunStart> starts = StepLog.append(storage, run.starts());
        StepLog<StepMetrics> metrics = StepLog.append(storage, run.metrics());
        StepLog<StepSample> samples = StepLog.append(storage, run.samples());
        storage.forceDirectory(run.path());
        return new RunLogs(starts, metrics, samples);
    }

    /// Cuts what lies behind a checkpoint, and a start from it: the next one takes its place.
    static void cutAfter(Storage storage, RunDirectory run, Checkpoint.State state)
            throws IOException {
        int step = state.step();
        Checkpoint.LogLengths lengths = state.logs();
        boolean cut = lengths != null && StepLog.cutAt(storage, run.metrics(), lengths.metrics());
        if (!cut) {
            StepLog.cutAfter(storage, run.metrics(), StepMetrics.class, step);
        }
        cut = lengths != null && StepLog.cutAt(storage, run.samples(), lengths.samples());
        if (!cut) {
            StepLog.cutAfter(storage, run.samples(), StepSample.class, step);
        }
        if (lengths != null) {
            StepLog.cutAt(storage, run.starts(), lengths.starts());
        }
        StepLog.cutAfter(storage, run.starts(), RunStart.class, step - 1);
    }

    /// Empties them, for a run that begins again.
    static void clear(Storage storage, RunDirectory run) throws IOException {
        for (Path log : List.of(run.starts(), run.metrics(), run.samples())) {
            StepLog.cutAt(storage, log, 0);
        }
    }

    /// How long they are now.
    Checkpoint.LogLengths lengths() {
        return new Checkpoint.LogLengths(starts.length(), metrics.length(), samples.length());
    }

    /// Forces all lines to disk, as a checkpoint needs that counts on them.
    void force() throws IOException {
        starts.force();
        metrics.force();
        samples.force();
    }

    @Override
    public void close() throws IOException {
        try (starts;
                metrics;
                samples) {
            // closes all three, also where one of them fails
        }
    }
}
