package io.tornadogpt.cli;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.testing.OpTable;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.util.List;
import java.util.Locale;

/// Lists the devices.
@Command(name = "devices", description = "Lists the devices that a model can run on.")
final class DevicesCommand extends GptCommand {
    /// Cases of more floating-point operations are left out: the emulator would take minutes.
    private static final long MOST_FLOPS = 400_000;

    /// The same on a device of TornadoVM, some of whose kernels serve large operands only.
    private static final long MOST_FLOPS_OF_A_DEVICE = 100_000_000;

    private boolean wrong;

    @Option(
            names = "--device",
            paramLabel = "NAME",
            description = "List only this device and the devices that need no installation.")
    private @Nullable String device;

    @Option(
            names = "--ops",
            description = "Run every operation on every device and compare it with the reference.")
    private boolean ops;

    @Option(
            names = "--cases",
            paramLabel = "N",
            defaultValue = "3",
            description =
                    "With --ops: the number of cases of each operation (default:"
                            + " ${DEFAULT-VALUE}).")
    private int cases;

    @Override
    int run(Screen screen) {
        if (cases < 1) {
            throw new IllegalArgumentException("--cases is " + cases + "; expected 1 or more");
        }
        for (Backend backend : chosen()) {
            show(screen, backend);
            if (ops) {
                boolean large = backend.name().startsWith("tornado");
                long most = large ? MOST_FLOPS_OF_A_DEVICE : MOST_FLOPS;
                OpTable.run(backend, cases, most, row -> show(screen, row));
            }
        }
        return wrong ? 1 : 0;
    }

    /// What a JVM can compute on differs by what is on its module path: each device is asked for in
    /// a JVM of its own, and `cpu` and `reference` are there in each.
    private List<Backend> chosen() {
        if (device == null) {
            return Backends.all();
        }
        Backend named = DeviceOptions.named(device);
        return named.name().equals("cpu") ? Backends.all() : List.of(named);
    }

    private static void show(Screen screen, Backend backend) {
        List<String> devices = backend.devices();
        if (devices.isEmpty()) {
            screen.line("%-12s%s", backend.name(), backend.description());
        }
        for (String line : devices) {
            int space = line.indexOf(' ');
            String choice = backend.name() + ":" + line.substring(0, space);
            screen.line("%-18s%s", choice, line.substring(space + 1));
        }
    }

    private void show(Screen screen, OpTable.Row row) {
        wrong |= row.outcome() == OpTable.Outcome.WRONG || row.outcome() == OpTable.Outcome.FAILED;
        screen.line(
                "  %-26s %-12s %d cases, worst error %.1e %s",
                row.op(),
                row.outcome().name().toLowerCase(Locale.ROOT),
                row.cases(),
                row.error(),
                row.reason());
    }
}
