package io.tornadogpt.cli;

import io.tornadogpt.chat.ModelTemplates;
import io.tornadogpt.core.files.AtomicDirectory;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.model.GgufModel;
import io.tornadogpt.core.model.LlmcCheckpoint;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.ModelDirectory;
import io.tornadogpt.core.model.OpenWeights;
import io.tornadogpt.core.model.family.Task;
import io.tornadogpt.finetune.data.TemplateFiles;
import io.tornadogpt.gguf.GgufWriter;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.run.SpecialTokens;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/// Writes a model for another program.
@Command(
        name = "export",
        description = {
            "Writes a model for another program: a directory that Hugging Face transformers opens,"
                    + " a GGUF file for llama.cpp and Ollama, or a checkpoint of llm.c.",
            ""
        },
        sortOptions = false)
final class ExportCommand extends GptCommand {
    /// What is written.
    enum Target {
        HF,
        GGUF,
        LLMC
    }

    /// Files that say how a model is used, which go along as they are.
    static final List<String> BESIDE =
            List.of(
                    "generation_config.json",
                    "tokenizer_config.json",
                    "special_tokens_map.json",
                    "added_tokens.json",
                    "chat_template.jinja");

    /// How weights are written.
    enum Precision {
        F32(StorageType.F32),
        F16(StorageType.F16),
        BF16(StorageType.BF16),
        Q8_0(StorageType.Q8_0),
        Q4_0(StorageType.Q4_0);

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
            description = "hf: a model directory; gguf: one .gguf file; llmc: one .bin file.")
    private @Nullable Target to;

    @Option(
            names = "--model",
            required = true,
            paramLabel = "PATH",
            description =
                    "A run's directory, a model directory, a GGUF file, or a checkpoint of llm.c.")
    private @Nullable Path model;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "PATH",
            description = "The directory or file to write, which must not be there yet.")
    private @Nullable Path out;

    @Option(
            names = {"--type", "--dtype"},
            defaultValue = "F32",
            paramLabel = "TYPE",
            description =
                    "F32 (default), BF16, F16 (not llmc), Q8_0 or Q4_0 (gguf only): weights are"
                            + " rounded to it.")
    private Precision precision = Precision.F32;

    @Mixin private CardOptions card = new CardOptions();

    @Override
    int run(Screen screen) throws IOException {
        boolean blocks = precision.type.blockElements() > 1;
        if (blocks && to != Target.GGUF) {
            throw new IllegalArgumentException(
                    "--type %s is for --to gguf alone; use F32, BF16 or F16".formatted(precision));
        }
        ModelArgument argument = argument(Objects.requireNonNull(model));
        Path target = OutputPath.unused(Objects.requireNonNull(out));
        ModelConfig config = argument.stored().config();
        try (OpenWeights weights = argument.stored().openWeights()) {
            switch (Objects.requireNonNull(to)) {
                case HF -> writeDirectory(model, target, argument, weights);
                case GGUF -> writeGguf(screen, target, argument, weights);
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

    /// A configuration that names no head may lie beside weights of one for tokens, which are not
    /// to be lost.
    private static ModelArgument argument(Path model) throws IOException {
        try {
            return ModelArgument.open(model, new Task.Tokens());
        } catch (ModelFileException e) {
            return ModelArgument.open(model); // or says the same once more
        }
    }

    private void writeGguf(Screen screen, Path target, ModelArgument argument, OpenWeights weights)
            throws IOException {
        ModelConfig config = argument.stored().config();
        Tokenizer tokenizer = argument.tokenizer();
        var header = new GgufWriter();
        var remarks = new ArrayList<String>();
        if (tokenizer == null) {
            header.text("tokenizer.ggml.model", "none");
        } else {
            remarks.addAll(tokenizer.writeTo(header, config.vocabulary()));
            ModelTemplates.of(argument.tokenizerPath()).writeTo(header);
        }
        GgufModel.Export export = GgufModel.export(config, weights, precision.type, header);
        export.content().write(target);
        remarks.addAll(export.remarks());
        remarks.forEach(screen::warning);
    }

    private void writeDirectory(
            @Nullable Path named, Path target, ModelArgument argument, OpenWeights weights)
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
            if (Files.isRegularFile(argument.tokenizerPath())) {
                TemplateFiles.write(
                        ModelTemplates.of(argument.tokenizerPath()).sources(), directory.path());
            }
            for (String name : BESIDE) {
                Path file = argument.tokenizerPath().resolve(name);
                if (Files.isRegularFile(file)) {
                    Path copy = directory.path().resolve(name);
                    Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
                }
            }
            card.write(Objects.requireNonNull(named), target, config, tokenizer, directory.path());
            directory.commit();
        }
    }
}
