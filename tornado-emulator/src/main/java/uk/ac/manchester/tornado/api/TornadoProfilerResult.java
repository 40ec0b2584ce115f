package uk.ac.manchester.tornado.api;

/// Times of an execution, in nanoseconds, and its bytes. The emulator has no device, so it measures
/// none of them: all are 0.
public class TornadoProfilerResult {
    TornadoProfilerResult() {}

    /// The time from start to end.
    public long getTotalTime() {
        return 0;
    }

    /// The time of compiling kernels.
    public long getCompileTime() {
        return 0;
    }

    /// The time in which the device computed.
    public long getDeviceKernelTime() {
        return 0;
    }

    /// The time in which bytes went to the device.
    public long getDeviceWriteTime() {
        return 0;
    }

    /// The time in which bytes came back.
    public long getDeviceReadTime() {
        return 0;
    }

    /// The bytes that went to the device.
    public long getTotalBytesCopyIn() {
        return 0;
    }
}
