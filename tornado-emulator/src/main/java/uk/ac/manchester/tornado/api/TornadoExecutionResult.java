package uk.ac.manchester.tornado.api;

import io.tornadogpt.emulator.engine.PlanRun;

/// What can be asked for after an execution.
public class TornadoExecutionResult {

    private final PlanRun plan;

    TornadoExecutionResult(PlanRun plan) {
        this.plan = plan;
    }

    /// Copies arrays to the host, from the graphs that are selected now.
    public TornadoExecutionResult transferToHost(Object... objects) {
        plan.copyOut(objects);
        return this;
    }

    /// The times of the plan's last execution.
    public TornadoProfilerResult getProfilerResult() {
        return new TornadoProfilerResult(plan.times());
    }

    /// Whether the execution has ended; it has.
    public boolean isReady() {
        return true;
    }
}
