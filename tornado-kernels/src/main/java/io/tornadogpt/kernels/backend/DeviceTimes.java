package io.tornadogpt.kernels.backend;

import io.tornadogpt.core.backend.Profile;

import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.TornadoProfilerResult;

/// Adds up where the time of executions went.
final class DeviceTimes {
    private long launches;
    private long wallNanos;
    private long kernelNanos;
    private long transferNanos;

    void add(int tasks, long nanos, TornadoExecutionResult result) {
        TornadoProfilerResult measured = result.getProfilerResult();
        launches += tasks;
        wallNanos += nanos;
        kernelNanos += measured.getDeviceKernelTime();
        transferNanos += measured.getDeviceWriteTime() + measured.getDeviceReadTime();
    }

    /// What was added since this was asked last.
    Profile take() {
        var profile = new Profile(launches, wallNanos, kernelNanos, transferNanos);
        launches = 0;
        wallNanos = 0;
        kernelNanos = 0;
        transferNanos = 0;
        return profile;
    }
}
