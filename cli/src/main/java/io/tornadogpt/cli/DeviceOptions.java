package io.tornadogpt.cli;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.ExecutionOptions;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.nio.file.Path;

/// On what to compute.
final class DeviceOptions {
    private static final String DEFAULT = "cpu";

    /// More than any machine has processors.
    private static final int MOST_THREADS = 1024;

    @Option(
            names = "--device",
            paramLabel = "NAME",
            description =
                    "The device to compute on: cpu (default), reference, emulator, or"
                            + " tornado[:BACKEND[:N]]; `gpt devices` lists them.")
    private @Nullable String device;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads of a CPU device (default: one for each processor).")
    private int threads;

    /// The device asked for, or else another.
    ///
    /// @throws IllegalArgumentException if there cannot be so many threads
    String name(@Nullable String otherwise) {
        if (threads < 0 || threads > MOST_THREADS) {
            throw new IllegalArgumentException(
                    "--threads is %d; expected 0 (one for each processor) to %d"
                            .formatted(threads, MOST_THREADS));
        }
        return device != null ? device : otherwise != null ? otherwise : DEFAULT;
    }

    Backend backend() {
        return named(name(null));
    }

    /// The backend of that name.
    ///
    /// @throws IllegalArgumentException if there is none
    static Backend named(String device) {
        // One JVM has one `tornado.api`, so these two are never there together.
        if (backend(device).equals("tornado") && has("emulator")) {
            throw new IllegalArgumentException(
                    "no device is named '%s' here: the module tornado.api that Java was started with is the emulator's; let TORNADOVM_HOME name an installed TornadoVM and start with ./gpt, or ask for --device emulator"
                            .formatted(device));
        }
        return Backends.named(device);
    }

    private static String backend(String device) {
        return device.split(":", 2)[0];
    }

    private static boolean has(String backend) {
        return Backends.all().stream().anyMatch(b -> b.name().equals(backend));
    }

    /// The device to go on with a run: the one asked for, or else the run's own.
    ///
    /// @throws IllegalArgumentException if the run's own is not on the module path, for the
    ///   launcher puts some there only where the command line names them
    String resumed(Path run, String own) {
        if (device == null && !has(backend(own))) {
            throw new IllegalArgumentException(
                    "%s was trained on '%s', which is loaded only if --device names it; add --device %s to resume it there, or --device %s to resume it here"
                            .formatted(run, own, own, DEFAULT));
        }
        String named = name(own);
        named(named); // refused now, or taken
        return named;
    }

    /// How a device is named on a command line: what has to be added to a command, if anything.
    static String added(String device) {
        return device.equals(DEFAULT) ? "" : " --device " + device;
    }

    int threads() {
        return execution().threads();
    }

    ExecutionOptions execution() {
        return new ExecutionOptions(threads);
    }
}
