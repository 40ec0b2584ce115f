package io.tornadogpt.cli;

import io.tornadogpt.core.files.AtomicDirectory;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.model.LlmcCheckpoint;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.ModelDirectory;
import io.tornadogpt.core.model.StoredWeights;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.run.SpecialTokens;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;

/// Writes a model for another program.
@Command(
        name = "export",
        description = {
            "Writes a model for another program: a directory that Hugging Face transformers opens,"
                    + " or a checkpoint of llm.c.",
            ""
        },
        sortOptions = false)
final class ExportCommand extends GptCommand {
    /// What is written.
    enum Target {
        HF,
        LLMC
    }

    /// How weights are written.
    enum Precision {
        F32(StorageType.F32),
        F16(StorageType.F16),
        BF16(StorageType.BF16);

        private final StorageType type;

        Precision(StorageType type) {
            this.type = type;
        }
    }

    /// How others generate with the model: end tokens above all.
    private static final String GENERATION_FILE = "generation_config.json";

    @Option(
            names = "--to",
            required = true,
            paramLabel = "FORMAT",
            description = "hf: a model directory; llmc: one .bin file.")
    private @Nullable Target to;

    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR",
            description = "A run's directory, a model directory, or a checkpoint of llm.c.")
    private @Nullable Path model;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "PATH",
            description = "The directory or file to write, which must not be there yet.")
    private @Nullable Path out;

    @Option(
            names = "--dtype",
            defaultValue = "F32",
            paramLabel = "TYPE",
            description = "F32 (default), BF16, or F16 (hf only): weights are rounded to it.")
    private Precision precision = Precision.F32;

    @Override
    int run(Screen screen) throws IOException {
        ModelArgument argument = ModelArgument.open(Objects.requireNonNull(model));
        Path target = OutputPath.unused(Objects.requireNonNull(out));
        ModelConfig config = argument.stored().config();
        try (StoredWeights weights = argument.stored().openWeights()) {
            switch (Objects.requireNonNull(to)) {
                case HF -> writeDirectory(target, argument, weights);
                case LLMC -> LlmcCheckpoint.save(target, config, weights, precision.type);
            }
        }
        screen.entry("model", "%s", out);
        if (to == Target.LLMC && !config.architecture().mlp().bias()) {
            screen.warning(
                    "llm.c has no models without biases: they were written as zeros, and reading"
                            + " the file back gives a model with biases");
        }
        return 0;
    }

    private void writeDirectory(Path target, ModelArgument argument, StoredWeights weights)
            throws IOException {
        Tokenizer tokenizer = argument.tokenizer();
        ModelConfig config = SpecialTokens.added(argument.stored().config(), tokenizer);
        try (var directory = AtomicDirectory.begin(target)) {
            ModelDirectory.save(directory.path(), config, weights, precision.type);
            Path generation = argument.tokenizerPath().resolve(GENERATION_FILE);
            if (Files.isRegularFile(generation)) {
                Files.copy(generation, directory.path().resolve(GENERATION_FILE));
            }
            if (tokenizer != null) {
                tokenizer.save(directory.path());
            }
            directory.commit();
        }
    }
}
