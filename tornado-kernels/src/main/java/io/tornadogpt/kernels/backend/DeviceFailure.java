package io.tornadogpt.kernels.backend;

import io.tornadogpt.core.backend.DeviceException;

import java.io.Serial;

/// TornadoVM could not compile or run a graph.
public final class DeviceFailure extends DeviceException {
    @Serial private static final long serialVersionUID = 1;

    DeviceFailure(String graph, String device, Throwable cause) {
        super(
                "graph %s failed on %s: %s; --verbose shows where, ./gpt devices --ops which kernels run there"
                        .formatted(
                                graph,
                                device,
                                String.valueOf(cause.getMessage()).lines().findFirst().orElse("")),
                cause);
    }
}
