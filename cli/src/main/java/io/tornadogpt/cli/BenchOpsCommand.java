package io.tornadogpt.cli;

import com.fasterxml.jackson.databind.ObjectMapper;

import io.tornadogpt.bench.OpTimes;
import io.tornadogpt.core.backend.Backend;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;

/// Measures single operations.
@Command(
        name = "ops",
        description =
                "Measures matrix products, attention and layer norm one by one; on a device that"
                        + " can time its kernels, the kernels alone.",
        sortOptions = false)
final class BenchOpsCommand extends GptCommand {
    @Mixin private DeviceOptions device = new DeviceOptions();

    @Option(
            names = "--largest",
            paramLabel = "N",
            defaultValue = "2048",
            description = "Largest square product (default: ${DEFAULT-VALUE}).")
    private int largest;

    @Option(
            names = "--runs",
            paramLabel = "N",
            defaultValue = "20",
            description = "How many times each is measured (default: ${DEFAULT-VALUE}).")
    private int runs;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Also write the figures to this file.")
    private @Nullable Path json;

    @Override
    int run(Screen screen) throws IOException {
        if (runs < 1) {
            throw new IllegalArgumentException("--runs is " + runs + "; expected 1 or more");
        }
        Backend backend = device.backend();
        screen.entry("device", "%s (%s)", backend.name(), backend.description());
        screen.line("%-32s %10s %10s %10s", "operation", "ms", "in kernels", "GFLOP/s");
        var rows = new ArrayList<OpTimes.Row>();
        OpTimes.run(
                backend,
                largest,
                runs,
                row -> {
                    rows.add(row);
                    screen.line(
                            "%-32s %10.3f %10.3f %10.1f",
                            row.name(),
                            row.milliseconds(),
                            row.kernelMilliseconds(),
                            row.gigaflops());
                });
        if (json != null) {
            new ObjectMapper()
                    .writerWithDefaultPrettyPrinter()
                    .writeValue(
                            json.toFile(),
                            Map.of("device", backend.description(), "operations", rows));
        }
        return 0;
    }
}
