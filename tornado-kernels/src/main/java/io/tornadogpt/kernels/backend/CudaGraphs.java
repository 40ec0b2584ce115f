package io.tornadogpt.kernels.backend;

import uk.ac.manchester.tornado.api.common.TornadoDevice;

/// Whether each graph of a plan is captured as a CUDA graph when it is executed first, and replayed
/// from then on. docs/decisions/0070-cuda-graphs.md says where TornadoVM does that soundly.
final class CudaGraphs {
    /// The system property that asks for it.
    static final String PROPERTY = "tornadogpt.cudaGraphs";

    private CudaGraphs() {}

    /// @param profiled whether the time of kernels is to be measured
    /// @throws IllegalArgumentException if it is asked for where it cannot be had
    static boolean asked(TornadoDevice device, boolean profiled) {
        return switch (System.getProperty(PROPERTY, "false")) {
            case "false" -> false;
            case "true" -> {
                requireSupport(device, profiled);
                yield true;
            }
            default ->
                    throw new IllegalArgumentException(
                            "-D%s is '%s'; expected true or false"
                                    .formatted(PROPERTY, System.getProperty(PROPERTY)));
        };
    }

    private static void requireSupport(TornadoDevice device, boolean profiled) {
        // The emulator replays nothing, but holds the plan to when it has to be asked.
        if (!TornadoDevices.emulated() && !TornadoDevices.backend(device).equals("cuda")) {
            throw new IllegalArgumentException(
                    "-D%s=true needs TornadoVM's CUDA backend, but the device is %s; leave it out"
                            .formatted(PROPERTY, TornadoDevices.describe(device)));
        }
        if (profiled) {
            throw new IllegalArgumentException(
                    "-D%s=true leaves nothing to measure kernel by kernel; leave out either it or the profile"
                            .formatted(PROPERTY));
        }
    }
}
