package uk.ac.manchester.tornado.api;

import io.tornadogpt.emulator.engine.Times;

/// Times of an execution, in nanoseconds, and its bytes. In the emulator they are those of the JVM,
/// with all checks, so they say which kernel takes the emulator long, and nothing about a device.
public class TornadoProfilerResult {

    private final Times times;

    TornadoProfilerResult(Times times) {
        this.times = times;
    }

    /// The time from start to end.
    public long getTotalTime() {
        return times.total();
    }

    /// The time of compiling kernels: none.
    public long getCompileTime() {
        return 0;
    }

    /// The time in which the device computed.
    public long getDeviceKernelTime() {
        return times.kernels();
    }

    /// The time in which bytes went to the device.
    public long getDeviceWriteTime() {
        return times.in();
    }

    /// The time in which bytes came back.
    public long getDeviceReadTime() {
        return times.out();
    }

    /// The bytes that went to the device.
    public long getTotalBytesCopyIn() {
        return times.sentBytes();
    }
}
