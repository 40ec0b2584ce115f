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
                    "How long to run before, so that the JVM has compiled what it runs"
                            + " (default: ${DEFAULT-VALUE}).")
    private double warmUp;

    @Option(
            names = "--compare",
            paramLabel = "KEY=VALUE",
            description =
                    "Measure the same with one setting changed too, by turns in a second process:"
                            + " a setting as in --set, or an option, such as threads=1.")
    private @Nullable String compare;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "5",
            description = "How often the two take turns (default: ${DEFAULT-VALUE}).")
    private int rounds;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Write the figures to this file too.")
    private @Nullable Path json;

    @Option(
            names = "--profile",
            description =
                    "Print where the time of a run goes: into kernels, transfers and the rest, and"
                            + " on the CPU into each kind of operation. This costs time itself.")
    private boolean profile;

    @Option(
            names = "--paced",
            description =
                    "Print JSON, and measure once for each line of standard input, SECONDS COUNT;"
                            + " for programs that take turns with others.")
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
