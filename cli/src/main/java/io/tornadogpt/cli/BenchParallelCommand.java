package io.tornadogpt.cli;

import io.tornadogpt.bench.ParallelStep;
import io.tornadogpt.bench.ParallelStep.Network;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.util.List;

/// Simulates a step of training on many machines.
@Command(
        name = "parallel",
        description = {
            "Simulates a step of training on 1 to 1,024 machines at three speeds of the network,"
                    + " and prints how much of their time they spend on gradients.",
            ""
        },
        sortOptions = false)
final class BenchParallelCommand extends GptCommand {
    private static final int MOST_MACHINES = 1024;

    private static final List<Network> NETWORKS =
            List.of(
                    new Network("1 Gbit/s", 0.125e9, 50e-6),
                    new Network("10 Gbit/s", 1.25e9, 20e-6),
                    new Network("100 Gbit/s", 12.5e9, 5e-6));

    @Option(
            names = "--weights",
            paramLabel = "N",
            description = "Weights that are trained (default: 124000000).")
    private long weights = 124_000_000;

    @Option(
            names = "--compute",
            paramLabel = "SECONDS",
            description =
                    "How long a machine computes gradients in a step, as bench train measures it"
                            + " (default: 10).")
    private double compute = 10;

    @Option(
            names = "--spread",
            paramLabel = "SHARE",
            description = "By what share machines are faster or slower (default: 0.02).")
    private double spread = 0.02;

    @Option(
            names = "--sums",
            paramLabel = "N",
            description =
                    "Sums of gradients that a machine sends: 1 where its number of micro-batches is"
                            + " a power of two (default: 1).")
    private int sums = 1;

    @Option(
            names = "--memory",
            paramLabel = "GBYTES",
            description = "Gigabytes a second at which a machine adds numbers up (default: 8).")
    private double memory = 8;

    @Override
    int run(Screen screen) {
        var step = new ParallelStep(weights, compute, spread, sums, memory * 1e9);
        screen.line(
                "%-10s%14s%14s%14s",
                "machines", NETWORKS.get(0).name(), NETWORKS.get(1).name(), NETWORKS.get(2).name());
        for (int machines = 1; machines <= MOST_MACHINES; machines *= 2) {
            screen.line(
                    "%-10d%13.1f%%%13.1f%%%13.1f%%",
                    machines,
                    100 * step.efficiency(machines, NETWORKS.get(0)),
                    100 * step.efficiency(machines, NETWORKS.get(1)),
                    100 * step.efficiency(machines, NETWORKS.get(2)));
        }
        return 0;
    }
}
