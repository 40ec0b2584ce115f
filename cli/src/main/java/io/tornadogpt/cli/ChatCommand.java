package io.tornadogpt.cli;

import io.tornadogpt.chat.Dialogue;
import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.model.AdaptedModel;
import io.tornadogpt.core.model.EndTokens;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.sampler.GenerationOptions;
import io.tornadogpt.sampler.GenerationPrograms;
import io.tornadogpt.sampler.Generator;
import io.tornadogpt.sampler.TextGenerator;
import io.tornadogpt.server.model.ChatFormat;
import io.tornadogpt.server.model.ChatTokens;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.loop.MemoryBudget;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// Lets a person talk to a model.
@Command(
        name = "chat",
        description = {
            "Talks to a model: reads questions line by line, from the terminal or from standard"
                    + " input, and prints answers as they are generated.",
            ""
        },
        footerHeading = "%nIn the chat:%n",
        footer = {
            "  /reset forgets what was said, /save FILE.jsonl adds it to a file,",
            "  /exit or Ctrl-D ends, Ctrl-C stops an answer."
        },
        sortOptions = false)
final class ChatCommand extends GptCommand {
    private static final String USUAL_TEMPLATE = "alpaca";

    @Option(
            names = "--model",
            paramLabel = "DIR",
            description =
                    "A run's directory (its best model), a model directory, or a GGUF file"
                            + " (default: the newest run in runs).")
    private @Nullable Path model;

    @Mixin private AdapterOption adapter = new AdapterOption();

    @Option(
            names = "--system",
            paramLabel = "TEXT",
            preprocessor = TextValue.class,
            description = "What the model is told to be, before the first question.")
    private @Nullable String system;

    @Mixin private TemplateOption template = new TemplateOption();

    @Mixin private TokenChoice tokens = new TokenChoice();

    @Mixin private ContextOption context = new ContextOption();

    @Mixin private DeviceOptions device = new DeviceOptions();

    @Mixin private WeightOptions weights = new WeightOptions();

    @Mixin private CacheOptions cache = new CacheOptions();

    @Override
    int run(Screen screen) throws IOException {
        GenerationOptions options = tokens.options();
        ModelArgument argument = ModelArgument.openOrNewest(model, adapter, screen);
        StoredModel stored = argument.stored();
        requireNext(stored);
        Tokenizer tokenizer = argument.requireTokenizer();
        ChatFormat format = format(argument, screen);
        Model gpt = context.model(cache.model(weights.model(stored.model())));
        weights.warn(stored.model(), screen);
        Backend backend = device.backend();
        MemoryBudget.require(backend.plan(GenerationPrograms.of(gpt, 1).programs()).bytes());
        try (var generator =
                Generator.open(
                        backend,
                        gpt,
                        1,
                        device.execution(),
                        session -> stored.load(gpt, session))) {
            var partner =
                    new ChatPartner(
                            new TextGenerator(generator, tokenizer)
                                    .stoppingAt(format.stopStrings()),
                            format,
                            new ChatTokens(tokenizer, format),
                            options.withMoreEndTokens(EndTokens.of(stored.path(), stored.config())),
                            gpt.context());
            talk(screen, new Chat(screen, partner, new Dialogue(system)));
        }
        return 0;
    }

    private static void talk(Screen screen, Chat chat) throws IOException {
        if (screen.isTerminal()) {
            screen.sentence("Type a question. %s; Ctrl-C stops an answer.", Chat.COMMANDS);
        }
        try (ChatLines lines = ChatLines.of(screen, chat)) {
            while (screen.isOpen()) {
                String line = next(screen, lines);
                if (line == null || !chat.accept(line)) {
                    return;
                }
            }
        }
    }

    /// The next line that can be read as text.
    private static @Nullable String next(Screen screen, ChatLines lines) throws IOException {
        while (true) {
            try {
                return lines.next();
            } catch (IllegalArgumentException e) {
                screen.warning(String.valueOf(e.getMessage()));
            }
        }
    }

    private static void requireNext(StoredModel stored) {
        ModelConfig config = stored.config();
        if (!config.architecture().attention().causal()) {
            throw new IllegalArgumentException(
                    "%s is a %s model, which does not continue texts, so it cannot answer; give one that does"
                            .formatted(stored.path(), config.family().modelType()));
        }
    }

    /// The template that was named, or the adapter's, or the model's.
    private ChatFormat format(ModelArgument argument, Screen screen) throws IOException {
        Path folder = argument.tokenizerPath();
        Optional<ChatFormat> named = template.named(folder);
        if (named.isPresent()) {
            return named.get();
        }
        if (argument.stored() instanceof AdaptedModel adapted) {
            Optional<ChatFormat> its = ChatFormat.in(adapted.directory());
            if (its.isPresent()) {
                return its.get();
            }
        }
        Optional<ChatFormat> own = ChatFormat.in(folder);
        if (own.isPresent()) {
            return own.get();
        }
        screen.warning(
                "the model has no chat template, so that of Alpaca is used, which it may not have"
                        + " learned; --chat-template names another one");
        return ChatFormat.named(folder, USUAL_TEMPLATE);
    }
}
