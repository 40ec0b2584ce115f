package io.tornadogpt.cli;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.GptModel;
import io.tornadogpt.core.model.ModelDirectory;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.sampler.GenerationOptions;
import io.tornadogpt.sampler.GenerationPrograms;
import io.tornadogpt.sampler.Generator;
import io.tornadogpt.sampler.SamplingOptions;
import io.tornadogpt.sampler.TextGenerator;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.tokenizer.UnencodableTextException;
import io.tornadogpt.trainer.TrainingData;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;

/// Text that a model writes while it is trained.
final class TrainingSample {
    private static final int NEW_TOKENS = 300;

    private final Screen screen;
    private final Tokenizer tokenizer;
    private final GenerationPrograms programs;
    private final GenerationOptions options;
    private final int[] prompt;
    private final BooleanSupplier stopping;

    /// @param stopping cuts the text short
    TrainingSample(
            Screen screen,
            GptModel model,
            Tokenizer tokenizer,
            TrainingData data,
            long seed,
            BooleanSupplier stopping) {
        this.screen = screen;
        this.tokenizer = tokenizer;
        this.programs = GenerationPrograms.of(model, 1);
        this.options = new GenerationOptions(SamplingOptions.DEFAULT, NEW_TOKENS, seed);
        this.prompt = prompt(tokenizer, data);
        this.stopping = stopping;
    }

    /// A line's end, or what the data begins with where that has no token.
    private static int[] prompt(Tokenizer tokenizer, TrainingData data) {
        try {
            return tokenizer.encode("\n");
        } catch (UnencodableTextException e) {
            return new int[] {data.training().at(0)};
        }
    }

    /// What a session needs to have opened.
    List<Program> programs() {
        return programs.programs();
    }

    /// Prints a text from the weights that a session holds.
    void show(Session session) {
        try (var generator = Generator.in(session, programs)) {
            show(generator);
        }
    }

    /// Prints a text from a saved model.
    void show(Path model, Backend backend, ExecutionOptions execution) throws IOException {
        ModelDirectory directory = ModelDirectory.open(model);
        GptModel gpt = programs.model();
        try (var generator =
                Generator.open(
                        backend, gpt, 1, execution, session -> directory.load(gpt, session))) {
            show(generator);
        }
    }

    private void show(Generator generator) {
        new TextGenerator(generator, tokenizer)
                .generate(
                        List.of(prompt),
                        options,
                        (sequence, text) -> {
                            screen.text(text);
                            return !stopping.getAsBoolean();
                        });
        screen.line("");
    }
}
