package io.tornadogpt.emulator.engine;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/// The device's memory for one array of the host: a different array, so that what was not
/// transferred does not show.
final class DeviceBuffer {

    private final TornadoNativeArray memory;
    private final @Nullable Shadow shadow;

    DeviceBuffer(TornadoNativeArray host, Monitor monitor, Limits limits) {
        this.shadow = limits.checks() ? new Shadow(monitor, host.getSize()) : null;
        this.memory = DeviceArrays.onDevice(host, shadow);
    }

    TornadoNativeArray memory() {
        return memory;
    }

    void copyIn(TornadoNativeArray host) {
        memory.getSegment().copyFrom(host.getSegment());
        if (shadow != null) {
            shadow.copiedIn();
        }
    }

    void copyOut(TornadoNativeArray host, String graph) {
        if (shadow != null) {
            shadow.checkComplete(graph);
        }
        host.getSegment().copyFrom(memory.getSegment());
    }

    void taskEnded() {
        if (shadow != null) {
            shadow.taskEnded();
        }
    }
}
