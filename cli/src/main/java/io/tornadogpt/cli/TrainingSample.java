package io.tornadogpt.cli;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.sampler.GenerationOptions;
import io.tornadogpt.sampler.GenerationPrograms;
import io.tornadogpt.sampler.Generator;
import io.tornadogpt.sampler.SamplingOptions;
import io.tornadogpt.sampler.TextGenerator;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.data.Tokens;
import io.tornadogpt.trainer.data.TrainingData;
import io.tornadogpt.trainer.metrics.StepSample;
import io.tornadogpt.trainer.run.SampleSource;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// Text that a model writes while it is trained.
final class TrainingSample implements SampleSource {
    private static final int NEW_TOKENS = 300;
    private static final int PROMPT_TOKENS = 32;

    /// Below 1, for a small model's less likely tokens are mostly wrong.
    private static final double TEMPERATURE = 0.6;

    private final Screen screen;
    private final Tokenizer tokenizer;
    private final GenerationPrograms programs;
    private final GenerationOptions options;
    private final int[] prompt;
    private final int steps;
    private final BooleanSupplier stopping;

    /// @param steps of the whole run
    /// @param stopping cuts the text short
    TrainingSample(
            Screen screen,
            Model model,
            Tokenizer tokenizer,
            TrainingData data,
            long seed,
            int steps,
            BooleanSupplier stopping) {
        this.screen = screen;
        this.tokenizer = tokenizer;
        this.programs = GenerationPrograms.of(model, 1);
        this.options =
                new GenerationOptions(
                        SamplingOptions.DEFAULT.withTemperature(TEMPERATURE), NEW_TOKENS, seed);
        this.prompt = prompt(model, data);
        this.steps = steps;
        this.stopping = stopping;
    }

    /// How the validation part begins: a text that the model does not know, to go on with. Where
    /// there is none, what the training part begins with.
    private static int[] prompt(Model model, TrainingData data) {
        Tokens unseen = data.validation() == null ? data.training() : data.validation();
        int room = Math.max(1, model.context() / 2);
        int[] ids = new int[(int) Math.min(Math.min(PROMPT_TOKENS, room), unseen.count())];
        unseen.read(0, ids.length, ids, 0);
        return ids;
    }

    @Override
    public List<Program> programs() {
        return programs.programs();
    }

    /// Prints the text too, except after the last step, where the finished model is shown.
    @Override
    public @Nullable StepSample sample(int step, Session session) {
        boolean printed = step < steps;
        if (printed) {
            screen.rule("sample after step " + step);
        }
        var text = new StringBuilder();
        try (var generator = Generator.in(session, programs)) {
            generate(
                    generator,
                    piece -> {
                        text.append(piece);
                        if (printed) {
                            screen.text(piece);
                        }
                    });
        }
        if (printed) {
            screen.line("\n");
        }
        String given = tokenizer.decode(prompt);
        return stopping.getAsBoolean()
                ? null
                : new StepSample(step, given, text.substring(given.length()), options.seed());
    }

    /// Prints a text from a saved model.
    void show(Path model, Backend backend, ExecutionOptions execution) throws IOException {
        StoredModel directory = StoredModel.open(model);
        Model gpt = programs.model();
        try (var generator =
                Generator.open(
                        backend, gpt, 1, execution, session -> directory.load(gpt, session))) {
            generate(generator, screen::text);
        }
        screen.line("");
    }

    private void generate(Generator generator, Consumer<String> sink) {
        sink.accept(tokenizer.decode(prompt));
        new TextGenerator(generator, tokenizer)
                .generate(
                        List.of(prompt),
                        options,
                        (sequence, text) -> {
                            sink.accept(text);
                            return !stopping.getAsBoolean();
                        });
    }
}
