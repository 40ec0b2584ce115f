package io.tornadogpt.cli;

import io.tornadogpt.core.files.AtomicDirectory;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.files.TensorSource;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.ModelDirectory;
import io.tornadogpt.core.model.OpenWeights;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.run.SpecialTokens;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.Objects;

/// Writes a model with its matrices in blocks of eight or four bits.
@Command(
        name = "quantize",
        description = {
            "Writes a model directory with matrices of 8.5 or 4.5 bits a number, which --model"
                    + " opens and --weights computes with where they lie in the file.",
            ""
        },
        sortOptions = false)
final class QuantizeCommand extends GptCommand {
    /// As what matrices are written.
    enum Blocks {
        Q8_0(StorageType.Q8_0, DType.Q8_0),
        Q4_0(StorageType.Q4_0, DType.Q4_0);

        private final StorageType stored;
        private final DType held;

        Blocks(StorageType stored, DType held) {
            this.stored = stored;
            this.held = held;
        }
    }

    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR",
            description = "A run's directory, a model directory, or a checkpoint of llm.c.")
    private @Nullable Path model;

    @Option(
            names = "--to",
            required = true,
            paramLabel = "TYPE",
            description = "Q8_0 or Q4_0: blocks of 32 numbers, as GGUF files have them.")
    private @Nullable Blocks to;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "DIR",
            description = "The directory to write, which must not be there yet.")
    private @Nullable Path out;

    @Override
    int run(Screen screen) throws IOException {
        Blocks blocks = Objects.requireNonNull(to);
        Path target = OutputPath.unused(Objects.requireNonNull(out));
        ModelArgument argument = ModelArgument.open(Objects.requireNonNull(model));
        Model held = argument.stored().model().withWeights(blocks.held);
        WeightOptions.warn(held, blocks.held, screen);
        try (OpenWeights weights = argument.stored().openWeights();
                var directory = AtomicDirectory.begin(target)) {
            write(directory.path(), argument, weights, blocks);
            long bytes = Files.size(directory.path().resolve(TensorSource.SINGLE_FILE));
            directory.commit();
            screen.entry("model", "%s", out);
            screen.entry(
                    "weights",
                    "%s MB as %s, %s MB as F32",
                    megabytes(bytes),
                    blocks,
                    megabytes(4 * held.parameterCount()));
        }
        screen.entry(
                "try",
                "./gpt sample --model %s --weights %s",
                out,
                blocks.name().toLowerCase(Locale.ROOT));
        return 0;
    }

    private static void write(
            Path directory, ModelArgument argument, OpenWeights weights, Blocks blocks)
            throws IOException {
        Tokenizer tokenizer = argument.tokenizer();
        ModelConfig config = SpecialTokens.added(argument.stored().config(), tokenizer);
        ModelDirectory.save(directory, config, weights, blocks.stored);
        if (tokenizer != null) {
            tokenizer.save(directory);
        }
        for (String name : ExportCommand.BESIDE) {
            Path file = argument.tokenizerPath().resolve(name);
            if (Files.isRegularFile(file)) {
                Path copy = directory.resolve(name);
                Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f", bytes / 1e6);
    }
}
