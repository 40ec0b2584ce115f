package io.tornadogpt.core.backend;

import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/// Finds the backends that are on the module path or the class path.
public final class Backends {
    /// The device that needs no set-up.
    private static final String STANDARD = "cpu";

    /// What devices come with.
    private static final Map<String, String> ARTIFACTS =
            Map.of(
                    STANDARD,
                    "io.tornadogpt:tornadogpt-cpu-kernels",
                    "tornado",
                    "io.tornadogpt:tornadogpt-tornado-kernels and TornadoVM's API",
                    "emulator",
                    "io.tornadogpt:tornadogpt-tornado-kernels and -tornado-emulator");

    private Backends() {}

    /// The backend for programs that do not choose: `cpu`.
    ///
    /// @throws IllegalArgumentException if it is not on the module path or the class path
    public static Backend standard() {
        return named(STANDARD);
    }

    /// All backends, in the order in which they were found.
    public static List<Backend> all() {
        return ServiceLoader.load(Backend.class).stream().map(ServiceLoader.Provider::get).toList();
    }

    /// The backend of that name, on the device that is named behind a colon: `cpu`,
    /// `tornado:opencl:1`.
    ///
    /// @throws IllegalArgumentException if there is none, naming those there are
    public static Backend named(String name) {
        int colon = name.indexOf(':');
        Backend backend = find(colon < 0 ? name : name.substring(0, colon));
        return colon < 0 ? backend : backend.on(name.substring(colon + 1));
    }

    /// What has to be added to have a device that is known by its name.
    private static String missing(String name) {
        String artifact = ARTIFACTS.get(name);
        return artifact == null
                ? ""
                : "; add the artifact %s to the module path or the class path".formatted(artifact);
    }

    private static Backend find(String name) {
        List<Backend> backends = all();
        return backends.stream()
                .filter(backend -> backend.name().equals(name))
                .findFirst()
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "no device is named '%s'; there is: %s%s"
                                                .formatted(
                                                        name,
                                                        backends.stream()
                                                                .map(Backend::name)
                                                                .collect(Collectors.joining(", ")),
                                                        missing(name))));
    }
}
