package io.tornadogpt.cli;

import io.tornadogpt.bench.Comparison;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.nio.file.Path;

/// How long to measure, what to compare with, and where the figures go.
final class BenchOptions {
    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "10",
            description = "How long to measure (default: ${DEFAULT-VALUE}).")
    private double seconds;

    @Option(
            names = "--warmup",
            paramLabel = "S",
            defaultValue = "10",
            description =
                    "How long to run before measuring, so that the JVM has compiled the code"
                            + " (default: ${DEFAULT-VALUE}).")
    private double warmUp;

    @Option(
            names = "--compare",
            paramLabel = "KEY=VALUE",
            description =
                    "Also measure a second process with one setting changed, in turns with the"
                            + " first: a setting as in --set, or an option, such as threads=1.")
    private @Nullable String compare;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "5",
            description = "How many times each of the two is measured (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Also write the figures to this file.")
    private @Nullable Path json;

    @Option(
            names = "--profile",
            description =
                    "Print how much time is spent in kernels, transfers and the rest, and on the"
                            + " CPU in each kind of operation. Profiling takes some time itself.")
    private boolean profile;

    @Option(
            names = "--paced",
            description =
                    "For programs that measure in turns: print JSON, and measure once for each line"
                            + " SECONDS COUNT of standard input.")
    private boolean paced;

    Comparison.Pace pace() {
        return new Comparison.Pace(warmUp, seconds, rounds);
    }

    @Nullable String compare() {
        return compare;
    }

    @Nullable Path json() {
        return json;
    }

    boolean profile() {
        return profile;
    }

    boolean paced() {
        return paced;
    }
}
