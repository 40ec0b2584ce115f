package io.tornadogpt.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.sampler.GeneratedText;
import io.tornadogpt.sampler.GenerationOptions;
import io.tornadogpt.sampler.GenerationPrograms;
import io.tornadogpt.sampler.Generator;
import io.tornadogpt.sampler.InvalidLogitsException;
import io.tornadogpt.sampler.TextGenerator;
import io.tornadogpt.trainer.loop.MemoryBudget;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/// Lets a model write.
@Command(
        name = "sample",
        description = {
            "Continues a text with a model and prints each token as soon as it is generated.",
            ""
        },
        sortOptions = false)
final class SampleCommand extends GptCommand {
    private static final int MOST_TOGETHER = 8;
    private static final String STANDARD_INPUT = "-";

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description =
                    "A run's directory (its best model), one of its checkpoints, or a model"
                            + " directory (default: the newest run in runs).")
    private @Nullable Path model;

    @Mixin private AdapterOption adapter = new AdapterOption();

    @ArgGroup private Source source = new Source();

    /// Where the prompt comes from.
    static final class Source {
        @Option(
                names = "--prompt",
                paramLabel = "TEXT",
                preprocessor = TextValue.class,
                description = "The text to continue.")
        private @Nullable String prompt;

        @Option(
                names = "--prompt-file",
                paramLabel = "FILE",
                description = "The text to continue, from a file; - for standard input.")
        private @Nullable String promptFile;

        @Option(
                names = "--interactive",
                description =
                        "Read prompts from standard input and continue each line, until the end of"
                                + " the input.")
        private boolean interactive;
    }

    @Option(
            names = "--crop-prompt",
            description = "If the prompt is longer than the model's block, use only its end.")
    private boolean cropPrompt;

    @Mixin private TokenChoice tokens = new TokenChoice();

    @Option(
            names = "--num-samples",
            paramLabel = "N",
            defaultValue = "1",
            description = "How many texts to write (default: ${DEFAULT-VALUE}).")
    private int samples;

    @Option(
            names = "--stop",
            paramLabel = "TEXT",
            preprocessor = TextValue.class,
            description = "Stop generating before this text; repeatable.")
    private List<String> stop = new ArrayList<>();

    @Mixin private DeviceOptions device = new DeviceOptions();

    @Mixin private WeightOptions weights = new WeightOptions();

    @Mixin private CacheOptions cache = new CacheOptions();

    @Mixin private ContextOption context = new ContextOption();

    @Option(
            names = "--json",
            description = "Print each text as a JSON object on a line of its own.")
    private boolean json;

    @Override
    int run(Screen screen) throws IOException {
        if (samples < 1) {
            throw new IllegalArgumentException(
                    "--num-samples is %d; expected 1 or more".formatted(samples));
        }
        GenerationOptions options = tokens.options();
        ModelArgument argument = ModelArgument.openOrNewest(model, adapter, screen);
        Model gpt = context.model(cache.model(weights.model(argument.stored().model())));
        weights.warn(gpt, screen);
        Backend backend = device.backend();
        int together = together(backend, gpt);
        try (var generator =
                Generator.open(
                        backend,
                        gpt,
                        together,
                        device.execution(),
                        session -> argument.stored().load(gpt, session))) {
            var writer = new TextGenerator(generator, argument.requireTokenizer()).stoppingAt(stop);
            if (source.interactive) {
                converse(screen, writer, gpt, options);
            } else {
                write(screen, writer, gpt, prompt(), options);
            }
        }
        return 0;
    }

    /// How many samples are generated at a time: reading the weights once for several tokens takes
    /// little longer than for one.
    private int together(Backend backend, Model gpt) {
        int count = Math.min(samples, MOST_TOGETHER);
        while (count > 1 && bytes(backend, gpt, count) > MemoryBudget.available()) {
            count /= 2;
        }
        MemoryBudget.require(bytes(backend, gpt, count));
        return count;
    }

    private static long bytes(Backend backend, Model gpt, int sequences) {
        return backend.plan(GenerationPrograms.of(gpt, sequences).programs()).bytes();
    }

    private String prompt() throws IOException {
        if (source.prompt != null) {
            return source.prompt;
        }
        if (source.promptFile == null) {
            return "";
        }
        return source.promptFile.equals(STANDARD_INPUT)
                ? TextInput.standardInput()
                : TextInput.file(Path.of(source.promptFile));
    }

    /// Continues every line of standard input; a line that cannot be continued ends nothing. Every
    /// line, that one too, has the numbers of so many sequences of the seed as there are samples.
    private void converse(Screen screen, TextGenerator writer, Model gpt, GenerationOptions options)
            throws IOException {
        for (int number = 0; ; number++) {
            if (screen.isTerminal()) {
                screen.text(screen.bold("> "));
            }
            try {
                String line = TextInput.nextLine();
                if (line == null || !screen.isOpen()) {
                    return;
                }
                write(screen, writer, gpt, line, options.withFirstSequence(number * samples));
            } catch (InvalidLogitsException e) {
                throw e;
            } catch (IllegalArgumentException e) {
                screen.warning(String.valueOf(e.getMessage()));
            }
        }
    }

    private void write(
            Screen screen,
            TextGenerator writer,
            Model gpt,
            String prompt,
            GenerationOptions options) {
        int[] tokens = writer.tokens(prompt);
        int block = gpt.context();
        if (tokens.length > block && !cropPrompt) {
            throw new IllegalArgumentException(
                    "the prompt has %d tokens, but the model's block has %d; shorten it, or use only its end with --crop-prompt"
                            .formatted(tokens.length, block));
        }
        var out = new SampleOutput(screen, prompt, samples, json);
        out.begin();
        List<GeneratedText> texts;
        try {
            texts = writer.generate(Collections.nCopies(samples, tokens), options, out);
        } catch (InvalidLogitsException e) {
            out.abandon();
            throw e;
        }
        for (GeneratedText text : texts) {
            if (json) {
                screen.line(toJson(prompt, text));
            }
        }
        out.end();
        texts.getFirst().notice().ifPresent(screen::warning);
    }

    private static String toJson(String prompt, GeneratedText text) {
        ObjectNode json = new ObjectMapper().createObjectNode();
        json.put("prompt", prompt);
        json.put("text", text.text());
        var tokens = json.putArray("tokens");
        for (int token : text.generation().tokens()) {
            tokens.add(token);
        }
        json.put("finishReason", text.finishReason().name().toLowerCase(Locale.ROOT));
        text.stopString().ifPresent(string -> json.put("stopString", string));
        return json.toString();
    }
}
