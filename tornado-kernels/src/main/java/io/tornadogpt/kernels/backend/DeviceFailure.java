package io.tornadogpt.kernels.backend;

import io.tornadogpt.core.backend.DeviceException;

import java.io.Serial;
import java.util.List;

/// TornadoVM could not compile a kernel, or could not run a graph.
public final class DeviceFailure extends DeviceException {
    @Serial private static final long serialVersionUID = 1;

    private static final String CAUSE = "The internal error is: ";

    private DeviceFailure(String message, Throwable cause) {
        super(message, cause);
    }

    /// For a kernel that does not compile.
    static DeviceFailure ofKernel(String kernel, String device, Throwable cause) {
        return new DeviceFailure(
                "kernel %s does not compile for %s: %s; see which operations this device supports, or choose another device"
                        .formatted(kernel, device, reason(cause)),
                cause);
    }

    /// For a graph that does not run.
    static DeviceFailure ofGraph(String graph, String device, Throwable cause) {
        return new DeviceFailure(
                "graph %s failed on %s: %s; see which operations this device supports, or choose another device"
                        .formatted(graph, device, reason(cause)),
                cause);
    }

    /// The line of a message that tells most: TornadoVM puts general ones before it and traces
    /// behind it.
    private static String reason(Throwable failure) {
        List<String> lines = plain(failure).lines().filter(line -> !line.isBlank()).toList();
        return lines.stream()
                .filter(line -> line.startsWith(CAUSE))
                .map(line -> line.substring(CAUSE.length()))
                .findFirst()
                .or(() -> lines.stream().filter(line -> !isGeneral(line)).findFirst())
                .map(line -> line.replaceFirst("^(Reason: |\\[ERROR] )", "").strip())
                .orElse(failure.getClass().getSimpleName());
    }

    private static boolean isGeneral(String line) {
        return line.startsWith("Bailout is disabled.");
    }

    /// A message without the colours that TornadoVM gives it.
    static String plain(Throwable failure) {
        String message = failure.getMessage();
        return (message == null ? failure.toString() : message).replaceAll("\u001b\\[[\\d;]*m", "");
    }
}
