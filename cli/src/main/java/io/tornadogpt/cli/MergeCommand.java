package io.tornadogpt.cli;

import io.tornadogpt.core.files.AtomicDirectory;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.model.AdaptedModel;
import io.tornadogpt.core.model.ModelDirectory;
import io.tornadogpt.core.model.OpenWeights;
import io.tornadogpt.tokenizer.Tokenizer;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;

/// Makes a plain model of a model and its adapter.
@Command(
        name = "merge",
        description = {
            "Adds an adapter to the weights of its model and writes the result as a model"
                    + " directory, which needs no adapter any more.",
            ""
        },
        sortOptions = false)
final class MergeCommand extends GptCommand {
    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR",
            description =
                    "A model directory, a checkpoint of llm.c, or a run that trained an adapter.")
    private @Nullable Path model;

    @Mixin private AdapterOption adapter = new AdapterOption();

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "The directory to write, which must not be there yet.")
    private @Nullable Path out;

    @Override
    int run(Screen screen) throws IOException {
        ModelArgument argument = ModelArgument.open(Objects.requireNonNull(model), adapter);
        if (!(argument.stored() instanceof AdaptedModel adapted)) {
            throw new IllegalArgumentException(
                    "%s has no adapter to merge; name one with --adapter".formatted(model));
        }
        Path target = OutputPath.unused(Objects.requireNonNull(out));
        Tokenizer tokenizer = argument.tokenizer();
        try (OpenWeights weights = adapted.openWeights();
                var directory = AtomicDirectory.begin(target)) {
            ModelDirectory.save(directory.path(), adapted.config(), weights, StorageType.F32);
            if (tokenizer != null) {
                tokenizer.save(directory.path());
            }
            directory.commit();
        }
        screen.entry("model", "%s", out);
        return 0;
    }
}
