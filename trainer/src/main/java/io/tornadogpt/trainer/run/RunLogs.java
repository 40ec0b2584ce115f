package io.tornadogpt.trainer.run;

import io.tornadogpt.trainer.metrics.RunStart;
import io.tornadogpt.trainer.metrics.StepLog;
import io.tornadogpt.trainer.metrics.StepMetrics;
import io.tornadogpt.trainer.metrics.StepSample;

import java.io.IOException;

/// The logs of a run. They agree with each other: those of a run that goes on from a checkpoint say
/// nothing of the steps that came after it before.
///
/// @param starts on what the run was computed
/// @param metrics a line a step
/// @param samples what the model wrote
record RunLogs(StepLog<RunStart> starts, StepLog<StepMetrics> metrics, StepLog<StepSample> samples)
        implements AutoCloseable {

    /// Opens all logs to append to them.
    static RunLogs append(RunDirectory run) throws IOException {
        StepLog<RunStart> starts = StepLog.append(run.starts());
        StepLog<StepMetrics> metrics = StepLog.append(run.metrics());
        return new RunLogs(starts, metrics, StepLog.append(run.samples()));
    }

    /// Cuts what lies behind a checkpoint, and a start from it: the next one takes its place.
    static void cutAfter(RunDirectory run, int step) throws IOException {
        StepLog.cutAfter(run.starts(), RunStart.class, step - 1);
        StepLog.cutAfter(run.metrics(), StepMetrics.class, step);
        StepLog.cutAfter(run.samples(), StepSample.class, step);
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
