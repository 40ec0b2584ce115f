package io.tornadogpt.emulator.engine;

import org.jspecify.annotations.Nullable;

import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The device's memory for one array of the host: a different array, so that what was not
/// transferred does not show.
final class DeviceBuffer {

    /// The largest array of which a copy is kept, to see whether the host changes it.
    private static final long MOST_BYTES = 16L << 20;

    private final TornadoNativeArray memory;
    private final @Nullable Shadow shadow;
    private @Nullable MemorySegment sent;
    private boolean sentAlways;

    DeviceBuffer(TornadoNativeArray host, Monitor monitor, Limits limits) {
        this.shadow = limits.checks() ? new Shadow(monitor, host.getSize()) : null;
        this.memory = DeviceArrays.onDevice(host, shadow);
    }

    TornadoNativeArray memory() {
        return memory;
    }

    /// @param remembered whether to keep what was sent
    /// @param always whether the host sends it at every execution
    void copyIn(TornadoNativeArray host, boolean remembered, boolean always) {
        elements(memory).copyFrom(elements(host));
        if (shadow != null) {
            shadow.copiedIn();
            sentAlways = always;
            sent = null;
            if (remembered && host.getNumBytesOfSegment() <= MOST_BYTES) {
                sent = MemorySegment.ofArray(elements(host).toArray(ValueLayout.JAVA_BYTE));
            }
        }
    }

    void copyOut(TornadoNativeArray host, String graph) {
        if (shadow != null) {
            shadow.checkComplete(graph);
        }
        elements(host).copyFrom(elements(memory));
        DeviceArrays.outdated(host, null);
        if (shadow != null) {
            shadow.copiedOut();
            if (sent != null) {
                sent.copyFrom(elements(host));
            }
        }
    }

    /// The first element that the host has changed since it was sent once, or -1.
    long firstChange(TornadoNativeArray host) {
        return sent == null || sentAlways ? -1 : firstDifference(host, sent);
    }

    /// Whether the host's elements, unchanged, would take the place of others that a task made of
    /// them.
    boolean wouldLose(TornadoNativeArray host) {
        return shadow != null
                && sent != null
                && shadow.hasNews()
                && shadow.wasModified()
                && firstDifference(host, sent) < 0;
    }

    private static long firstDifference(TornadoNativeArray host, MemorySegment copy) {
        long at = elements(host).mismatch(copy);
        return at < 0 ? at : at / host.getElementSize();
    }

    @Nullable String lastWriter() {
        return shadow == null ? null : shadow.lastWriter();
    }

    /// The graph has been executed: the host must not read what the device has newer.
    void outdates(TornadoNativeArray host) {
        if (shadow != null && shadow.hasNews()) {
            DeviceArrays.outdated(host, new Outdated(shadow.lastWriter(), shadow.lastName()));
        }
    }

    private static MemorySegment elements(TornadoNativeArray array) {
        return array.getSegmentWithHeader().asSlice(TornadoNativeArray.ARRAY_HEADER);
    }

    /// A task has ended that has the buffer as an argument.
    ///
    /// @return the bytes that had to be copied to the device for it
    long taskEnded() {
        return shadow != null && shadow.taskEnded() ? memory.getNumBytesOfSegment() : 0;
    }
}
