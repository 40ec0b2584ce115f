package io.tornadogpt.cli;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.nio.file.Path;

/// An adapter of the model.
final class AdapterOption {
    @Option(
            names = "--adapter",
            paramLabel = "DIR",
            description =
                    "A low-rank adapter of the model (LoRA) in PEFT's layout, or a run that trained"
                            + " one.")
    private @Nullable Path adapter;

    /// An adapter that something else than this option names.
    static AdapterOption of(Path adapter) {
        var option = new AdapterOption();
        option.adapter = adapter;
        return option;
    }

    /// The directory or run, null where none was named.
    @Nullable Path path() {
        return adapter;
    }
}
