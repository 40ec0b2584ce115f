package io.tornadogpt.cli;

import picocli.CommandLine.Command;

/// Measures speed: one command for each kind of job.
@Command(
        name = "bench",
        description =
                "Measures the speed of training, generation and the server, and the machine's"
                        + " peak speed;"
                        + " simulates training on many machines.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            BenchTrainCommand.class,
            BenchGenerateCommand.class,
            BenchServeCommand.class,
            BenchOpsCommand.class,
            BenchParallelCommand.class
        })
final class BenchCommand extends GptCommand {
    @Override
    int run(Screen screen) {
        throw new IllegalArgumentException(
                "bench needs a command: train, generate, serve, ops or parallel; %s bench --help says more"
                        .formatted(Gpt.COMMAND));
    }
}
