package io.tornadogpt.kernels.backend;

import io.tornadogpt.core.backend.Profile;

import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.TornadoProfilerResult;

import java.util.List;

/// Adds up where the time of executions went.
final class DeviceTimes {
    private long launches;
    private long wallNanos;
    private long kernelNanos;
    private long zeroNanos;
    private long transferNanos;
    private long compileNanos;
    private long sentBytes;

    /// Adds the time of building graphs.
    void build(long nanos) {
        wallNanos += nanos;
        compileNanos += nanos;
    }

    /// Adds an execution.
    ///
    /// @param zeroing whether the graph fills memory with zeros, and does nothing else
    /// @param first whether the graph was compiled for it
    /// @param tasks of the graph
    /// @param nanos from start to end, as the host saw it
    void add(boolean zeroing, boolean first, int tasks, long nanos, TornadoExecutionResult result) {
        TornadoProfilerResult measured = result.getProfilerResult();
        long kernels = measured.getDeviceKernelTime();
        long transfers = measured.getDeviceWriteTime() + measured.getDeviceReadTime();
        launches += tasks;
        wallNanos += nanos;
        kernelNanos += kernels;
        zeroNanos += zeroing ? kernels : 0;
        transferNanos += transfers;
        sentBytes += measured.getTotalBytesCopyIn();
        if (first) {
            // TornadoVM's own figure leaves out what a driver compiles when a kernel is started.
            compileNanos += nanos - kernels - transfers;
        }
    }

    /// What was added since this was asked last.
    Profile take() {
        var profile =
                new Profile(
                        launches,
                        wallNanos,
                        kernelNanos,
                        zeroNanos,
                        transferNanos,
                        compileNanos,
                        sentBytes,
                        List.of());
        launches = 0;
        wallNanos = 0;
        kernelNanos = 0;
        zeroNanos = 0;
        transferNanos = 0;
        compileNanos = 0;
        sentBytes = 0;
        return profile;
    }
}
