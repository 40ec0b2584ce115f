package io.tornadogpt.cli;

import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.evaluation.card.CardSettings;
import io.tornadogpt.evaluation.card.ModelCard;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.run.RunDirectory;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// What the card of an exported model says that no file of its run knows.
final class CardOptions {
    @Option(
            names = "--license",
            paramLabel = "ID",
            defaultValue = "unknown",
            description =
                    "The licence that the model's card names (hf), by Hugging Face's short names,"
                            + " such as apache-2.0; unknown where nothing is said.")
    private String license = "unknown";

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "What the model's card calls it (default: the name of the directory).")
    private @Nullable String name;

    @Option(
            names = "--card-machine",
            description = "Let the model's card name the machine that trained it, and whole paths.")
    private boolean machine;

    /// Writes the card of a model into the directory that it is exported to.
    ///
    /// @param named what the user called the model
    /// @param target where the directory will be
    /// @param directory where it is now
    void write(
            Path named,
            Path target,
            ModelConfig config,
            @Nullable Tokenizer tokenizer,
            Path directory)
            throws IOException {
        Path last = target.toAbsolutePath().normalize().getFileName();
        String called = name != null ? name : last == null ? "model" : last.toString();
        CardSettings settings =
                CardSettings.named(called).withLicense(license).withMachine(machine);
        Optional<RunDirectory> run = run(named);
        ModelCard card =
                run.isPresent()
                        ? ModelCard.of(settings, config, tokenizer, run.get())
                        : ModelCard.of(settings, config, tokenizer);
        card.write(directory);
    }

    /// The run that a model is of: itself, or the one that it lies in.
    private static Optional<RunDirectory> run(Path named) {
        Optional<RunDirectory> ofCheckpoint = RunDirectory.ofCheckpoint(named);
        if (ofCheckpoint.isPresent()) {
            return ofCheckpoint;
        }
        Path folder = named.toAbsolutePath().normalize();
        for (int up = 0; up < 2 && folder != null; up++, folder = folder.getParent()) {
            var run = new RunDirectory(folder);
            boolean inside = up == 0 || named.endsWith("best") || named.endsWith("adapter");
            if (inside && Files.exists(run.settings()) && Files.exists(run.metrics())) {
                return Optional.of(run);
            }
        }
        return Optional.empty();
    }
}
