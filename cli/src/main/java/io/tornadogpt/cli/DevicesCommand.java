package io.tornadogpt.cli;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;

import picocli.CommandLine.Command;

/// Lists the devices.
@Command(name = "devices", description = "Lists what can be computed on.")
final class DevicesCommand extends GptCommand {
    @Override
    int run(Screen screen) {
        for (Backend backend : Backends.all()) {
            screen.line("%-12s%s", backend.name(), backend.description());
        }
        return 0;
    }
}
