package io.tornadogpt.cli;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.ExecutionOptions;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

/// On what to compute.
final class DeviceOptions {
    private static final String DEFAULT = "cpu";

    @Option(
            names = "--device",
            paramLabel = "NAME",
            description =
                    "What to compute on: cpu (default), reference, emulator, or"
                            + " tornado[:BACKEND[:N]]; see `gpt devices`.")
    private @Nullable String device;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads of a CPU device; one a processor if not given.")
    private int threads;

    /// The device asked for, or else another.
    String name(@Nullable String otherwise) {
        return device != null ? device : otherwise != null ? otherwise : DEFAULT;
    }

    Backend backend() {
        return Backends.named(name(null));
    }

    int threads() {
        return execution().threads();
    }

    ExecutionOptions execution() {
        return new ExecutionOptions(threads);
    }
}
