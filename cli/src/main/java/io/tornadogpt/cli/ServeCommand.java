package io.tornadogpt.cli;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.model.EndTokens;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.core.program.MemoryUse;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.sampler.Embedder;
import io.tornadogpt.sampler.EmbedderSettings;
import io.tornadogpt.sampler.GenerationPrograms;
import io.tornadogpt.sampler.engine.Engine;
import io.tornadogpt.sampler.engine.EngineSettings;
import io.tornadogpt.server.ApiKeys;
import io.tornadogpt.server.Server;
import io.tornadogpt.server.ServerSettings;
import io.tornadogpt.server.model.ChatFormat;
import io.tornadogpt.server.model.ServedModel;
import io.tornadogpt.server.model.TextEmbedder;
import io.tornadogpt.tokenizer.Tokenizer;
import io.tornadogpt.trainer.loop.MemoryBudget;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;

/// Serves a model over HTTP.
@Command(
        name = "serve",
        description = {
            "Serves a model over HTTP: OpenAI's API for programs, and a page to chat on.",
            ""
        },
        footerHeading = "%nKeys:%n",
        footer =
                "The variable TORNADOGPT_API_KEY holds a key; --api-key-file names a file with one"
                        + " per line. With either, clients must send a key as Authorization: Bearer"
                        + " KEY.",
        sortOptions = false)
final class ServeCommand extends GptCommand {
    private static final String KEY_VARIABLE = "TORNADOGPT_API_KEY";
    private static final Duration TO_DRAIN = Duration.ofSeconds(30);

    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR",
            description = "A run's directory (its best model), a model directory, or a GGUF file.")
    private @Nullable Path model;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description =
                    "The name under which clients ask for the model (default: the name of its"
                            + " directory).")
    private @Nullable String name;

    @Option(
            names = "--adapter",
            paramLabel = "NAME=DIR",
            description =
                    "A low-rank adapter of the model (LoRA) in PEFT's layout, or a run that trained"
                            + " one: served beside the model, under that name; repeatable.")
    private Map<String, Path> adapters = new LinkedHashMap<>();

    @Option(
            names = "--host",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            description =
                    "The address to listen on (default: ${DEFAULT-VALUE}, this machine alone);"
                            + " another one needs a key.")
    private String host = "";

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "8080",
            description = "The port to listen on; 0 for a free one (default: ${DEFAULT-VALUE}).")
    private int port;

    @Option(
            names = "--api-key-file",
            paramLabel = "FILE",
            description = "A file with the keys that clients may use, one per line.")
    private @Nullable Path keyFile;

    @Option(
            names = "--without-key",
            description = "Let everybody who can reach the address of --host use the model.")
    private boolean withoutKey;

    @Option(
            names = "--allow-host",
            paramLabel = "NAME",
            description =
                    "A host name by which clients may address the server, besides its address and"
                            + " localhost; repeatable.")
    private List<String> hostNames = new ArrayList<>();

    @Option(
            names = "--slots",
            paramLabel = "N",
            defaultValue = "8",
            description = "Texts that are generated at a time (default: ${DEFAULT-VALUE}).")
    private int slots;

    @Option(
            names = "--queue",
            paramLabel = "N",
            defaultValue = "64",
            description =
                    "Requests that may wait for a slot; others are refused (default:"
                            + " ${DEFAULT-VALUE}).")
    private int queue;

    @Option(
            names = "--deadline",
            paramLabel = "SECONDS",
            defaultValue = "600",
            description =
                    "The longest time for an answer, which then ends with what was generated so far"
                            + " (default: ${DEFAULT-VALUE}).")
    private int deadline;

    @Mixin private ContextOption context = new ContextOption();

    @Mixin private TemplateOption template = new TemplateOption();

    @Mixin private DeviceOptions device = new DeviceOptions();

    @Mixin private WeightOptions weights = new WeightOptions();

    @Mixin private CacheOptions cache = new CacheOptions();

    /// Planned bytes, of all models.
    private long keysAndValues;

    @Override
    int run(Screen screen) throws Exception {
        ServerSettings settings = settings();
        List<ServedModel> models = models();
        var stopped = new CountDownLatch(1);
        try (StopSignals _ = new StopSignals(stopped::countDown);
                Server server = start(settings, models)) {
            print(screen, server, settings);
            stopped.await();
            screen.line("waiting for answers that are being written; Ctrl-C again stops at once");
            boolean done = server.stop(TO_DRAIN);
            if (!done) {
                screen.warning(
                        "some answers were cut off after %d s".formatted(TO_DRAIN.toSeconds()));
            }
            return 0;
        }
    }

    /// The model and its adapters, opened.
    List<ServedModel> models() throws IOException {
        Path path = Objects.requireNonNull(model);
        refuseSameNames(path);
        return served(path);
    }

    private ServerSettings settings() throws IOException {
        if (deadline < 1) {
            throw new IllegalArgumentException(
                    "--deadline is %d; expected 1 second or more".formatted(deadline));
        }
        ApiKeys keys = keys();
        var settings =
                ServerSettings.DEFAULT
                        .withHost(host)
                        .withPort(port)
                        .withKeys(keys)
                        .withOpenToAll(withoutKey)
                        .withHostNames(new HashSet<>(hostNames))
                        .withDeadline(Duration.ofSeconds(deadline));
        if (settings.needsKey()) {
            throw new IllegalArgumentException(
                    ("--host %s can be reached from other machines, and no key is set; set %s or"
                                    + " --api-key-file, or add --without-key if everybody may use"
                                    + " the model")
                            .formatted(host, KEY_VARIABLE));
        }
        return settings;
    }

    private ApiKeys keys() throws IOException {
        if (keyFile != null) {
            return ApiKeys.read(keyFile);
        }
        String key = System.getenv(KEY_VARIABLE);
        if (key == null || key.isEmpty()) {
            return ApiKeys.NONE;
        }
        try {
            return ApiKeys.of(List.of(key));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(KEY_VARIABLE + ": " + e.getMessage(), e);
        }
    }

    private void refuseSameNames(Path path) {
        for (String adapter : adapters.keySet()) {
            if (adapter.isBlank() || adapter.equals(nameOf(path))) {
                throw new IllegalArgumentException(
                        "--adapter gives the name '%s', which %s; choose another one"
                                .formatted(
                                        adapter,
                                        adapter.isBlank()
                                                ? "clients cannot ask for"
                                                : "the model itself has"));
            }
        }
    }

    /// The model, and the same with each of its adapters; where one cannot be opened none stays
    /// open.
    private List<ServedModel> served(Path path) throws IOException {
        var models = new ArrayList<ServedModel>();
        try {
            models.add(served(ModelArgument.open(path), nameOf(path)));
            for (Map.Entry<String, Path> adapter : adapters.entrySet()) {
                var option = AdapterOption.of(adapter.getValue());
                models.add(served(ModelArgument.open(path, option), adapter.getKey()));
            }
            return models;
        } catch (IOException | RuntimeException e) {
            models.forEach(ServedModel::close);
            throw e;
        }
    }

    private ServedModel served(ModelArgument argument, String its) throws IOException {
        StoredModel stored = argument.stored();
        boolean continues = stored.config().architecture().attention().causal();
        Optional<Engine> engine = continues ? Optional.of(engine(argument)) : Optional.empty();
        return new ServedModel(
                its,
                engine,
                argument.requireTokenizer(),
                continues ? chat(argument) : Optional.empty(),
                Optional.of(embedder(argument)),
                ServedModel.written(stored.path()));
    }

    private Engine engine(ModelArgument argument) throws IOException {
        StoredModel stored = argument.stored();
        Model gpt = held(stored);
        Backend backend = device.backend();
        MemoryUse plan = backend.plan(GenerationPrograms.of(gpt, slots).withScore().programs());
        MemoryBudget.require(plan.bytes());
        keysAndValues += plan.bytes(Role.CACHE);
        EngineSettings settings =
                EngineSettings.DEFAULT
                        .withSlots(slots)
                        .withWaiting(queue)
                        .withTokenizer(argument.requireTokenizer())
                        .withExecution(device.execution());
        return Engine.open(
                backend,
                gpt,
                settings,
                EndTokens.of(stored.path(), stored.config()),
                session -> stored.load(gpt, session));
    }

    /// The model as it is asked for: its weights, its keys and values, its context.
    private Model held(StoredModel stored) {
        return context.model(cache.model(weights.model(stored.model())));
    }

    private Optional<ChatFormat> chat(ModelArgument argument) throws IOException {
        Optional<ChatFormat> named = template.named(argument.tokenizerPath());
        return named.isPresent() ? named : ChatFormat.in(argument.tokenizerPath());
    }

    private TextEmbedder embedder(ModelArgument argument) throws IOException {
        StoredModel stored = argument.stored();
        Tokenizer tokenizer = argument.requireTokenizer();
        var gpt = new Model(stored.config());
        EmbedderSettings settings = EmbedderSettings.DEFAULT.withExecution(device.execution());
        return new TextEmbedder(
                tokenizer,
                Embedder.longest(gpt, settings),
                gpt.architecture().width(),
                () ->
                        Embedder.open(
                                device.backend(),
                                gpt,
                                tokenizer,
                                settings,
                                session -> stored.load(gpt, session)));
    }

    private String nameOf(Path path) {
        if (name != null) {
            return name;
        }
        Path last = path.toAbsolutePath().normalize().getFileName();
        return last == null ? "model" : last.toString().replaceFirst("(?i)\\.gguf$", "");
    }

    private Server start(ServerSettings settings, List<ServedModel> models) throws IOException {
        try {
            return Server.start(settings, models);
        } catch (BindException e) {
            throw new IOException(
                    "port %d of %s cannot be listened on (%s); choose another one with --port"
                            .formatted(port, host, e.getMessage()),
                    e);
        }
    }

    private void print(Screen screen, Server server, ServerSettings settings) {
        InetSocketAddress address = server.address();
        String text = address.getAddress().getHostAddress();
        String shown =
                address.getAddress().isAnyLocalAddress()
                        ? "localhost"
                        : text.contains(":") ? "[" + text + "]" : text;
        String url = "http://%s:%d".formatted(shown, address.getPort());
        String names =
                server.models().stream().map(ServedModel::name).collect(Collectors.joining(", "));
        screen.entry("model", "%s", names);
        screen.entry("page", "%s", url);
        screen.entry("api", "%s/v1", url);
        screen.entry("key", "%s", settings.keys().areNeeded() ? "needed" : "none; any is ignored");
        screen.entry("slots", "%d, and %d requests may wait", slots, queue);
        if (keysAndValues > 0) {
            screen.entry(
                    "cache",
                    "keys and values as %s: %s",
                    cache.type(),
                    MemoryBudget.format(keysAndValues));
        }
        screen.line("ready");
    }
}
