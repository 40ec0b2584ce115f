package io.tornadogpt.cli;

import io.tornadogpt.bench.ParallelMeasurement;
import io.tornadogpt.bench.ParallelStep;
import io.tornadogpt.bench.ParallelStep.Network;
import io.tornadogpt.bench.TrainingJob;
import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.trainer.parallel.Communicator;
import io.tornadogpt.trainer.parallel.ExchangeTimes;
import io.tornadogpt.trainer.settings.Preset;
import io.tornadogpt.trainer.settings.RunSettings;
import io.tornadogpt.trainer.settings.TrainConfig;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.util.List;

/// Simulates a step of training on many machines.
@Command(
        name = "parallel",
        description = {
            "Simulates a step of training on 1 to 1,024 machines at three speeds of the network,"
                    + " and prints how much of their time they spend on gradients. With --measure"
                    + " it measures steps of the processes that mpirun or srun started, and says"
                    + " what the simulation makes of them.",
            ""
        },
        sortOptions = false)
final class BenchParallelCommand extends GptCommand {
    private static final int MOST_MACHINES = 1024;

    /// Steps that are measured where it is not said how many.
    private static final int MEASURED = 5;

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

    @Option(
            names = "--measure",
            description =
                    "Measure steps in the processes that mpirun or srun started, or in this one"
                            + " alone; train.gradAccumulation is the number of micro-batches of"
                            + " each process.")
    private boolean measure;

    @Mixin private ModelOptions model = new ModelOptions();
    @Mixin private DeviceOptions device = new DeviceOptions();

    @Override
    int run(Screen screen) throws IOException {
        return measure ? together(screen, this::measure) : simulate(screen);
    }

    private int measure(Team team) throws IOException {
        Screen screen = team.screen();
        RunSettings asked = model.resolve(RunSettings.of(Preset.DEFAULT));
        TrainConfig config = team.begun(asked.train()).with("treeReduction=true");
        Backend backend = Backends.named(team.device(device.name(null)));
        var execution = new ExecutionOptions(team.threads(device.threads()));
        Integer steps = model.steps();
        try (var job =
                TrainingJob.open(backend, asked.with(config), execution, team.communicator())) {
            var measured =
                    ParallelMeasurement.of(
                            job, team.communicator(), steps == null ? MEASURED : steps);
            print(screen, asked.with(config), team.communicator(), measured);
        }
        return 0;
    }

    private void print(
            Screen screen,
            RunSettings settings,
            Communicator communicator,
            ParallelMeasurement measured) {
        TrainConfig config = settings.train();
        int processes = communicator.size();
        int each = config.gradAccumulation() / processes;
        screen.entry(
                "processes",
                "%d, each with %d x (%d x %d) tokens a step",
                processes,
                each,
                config.batchSize(),
                config.blockSize());
        ExchangeTimes parts = measured.parts();
        screen.entry("step", "%.3f s", measured.step());
        part(screen, "computing", measured.computing().getFirst(), measured);
        part(screen, "own sums", parts.sums(), measured);
        part(screen, "waiting", parts.waiting(), measured);
        part(screen, "gradients", parts.gradients(), measured);
        part(screen, "additions", parts.additions(), measured);
        part(screen, "norm", parts.norm(), measured);
        part(screen, "update", parts.update(), measured);
        part(screen, "weights", parts.weights(), measured);
        part(screen, "exchange", parts.exchange(), measured);
        Network network = measured.network();
        screen.entry(
                "network",
                "%.2f GB/s, %.0f microseconds",
                network.bandwidth() / 1e9,
                network.latency() * 1e6);
        int nodes = sums > 1 ? sums : Integer.bitCount(each);
        var simulated =
                new ParallelStep(
                        settings.sessionModel().parameterCount(),
                        measured.meanComputing(),
                        measured.spread(),
                        nodes,
                        memory * 1e9);
        double seconds = simulated.seconds(processes, network);
        screen.entry(
                "simulated",
                "%.3f s, %+.1f %% of what was measured",
                seconds,
                100 * (seconds / measured.step() - 1));
    }

    private static void part(
            Screen screen, String name, double seconds, ParallelMeasurement measured) {
        screen.entry(name, "%.3f s, %4.1f %%", seconds, 100 * seconds / measured.step());
    }

    private int simulate(Screen screen) {
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
