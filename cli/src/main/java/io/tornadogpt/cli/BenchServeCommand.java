package io.tornadogpt.cli;

import io.tornadogpt.bench.ServerLoad;
import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.model.EndTokens;
import io.tornadogpt.core.model.Model;
import io.tornadogpt.core.model.StoredModel;
import io.tornadogpt.sampler.GenerationPrograms;
import io.tornadogpt.sampler.engine.Engine;
import io.tornadogpt.sampler.engine.EngineSettings;
import io.tornadogpt.server.Server;
import io.tornadogpt.server.ServerSettings;
import io.tornadogpt.server.model.ServedModel;
import io.tornadogpt.trainer.loop.MemoryBudget;

import org.jspecify.annotations.Nullable;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/// Measures the server.
@Command(
        name = "serve",
        description = {
            "Serves a model and lets many clients ask at once, over HTTP: how long they wait for a"
                    + " first token and for the next ones, how many tokens all get in a second, and"
                    + " whether each gets the text that it gets alone. One row for each number of"
                    + " slots.",
            ""
        },
        sortOptions = false)
final class BenchServeCommand extends GptCommand {
    private static final String NAME = "model";
    private static final String ROW = "%-6s%9s%7s%6s%9s%18s%18s%22s";

    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR",
            description = "A run's directory (its best model), a model directory, or a GGUF file.")
    private @Nullable Path model;

    @Option(
            names = "--slots",
            split = ",",
            paramLabel = "N",
            defaultValue = "1,8,16",
            description =
                    "Texts that are generated at a time, several numbers with commas between them"
                            + " (default: ${DEFAULT-VALUE}).")
    private List<Integer> slots = new ArrayList<>();

    @Option(
            names = "--clients",
            paramLabel = "N",
            defaultValue = "64",
            description = "Clients that ask at the same time (default: ${DEFAULT-VALUE}).")
    private int clients;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "60",
            description = "How long clients ask, for each row (default: ${DEFAULT-VALUE}).")
    private double seconds;

    @Option(
            names = "--requests",
            paramLabel = "N",
            defaultValue = "24",
            description = "How many requests differ (default: ${DEFAULT-VALUE}).")
    private int requests;

    @Option(
            names = "--prompt-tokens",
            paramLabel = "N",
            defaultValue = "64",
            description =
                    "The longest prompt; the shortest has one token (default: ${DEFAULT-VALUE}).")
    private int promptTokens;

    @Option(
            names = "--max-new-tokens",
            paramLabel = "N",
            defaultValue = "64",
            description =
                    "The longest answer; the shortest has one token (default: ${DEFAULT-VALUE}).")
    private int newTokens;

    @Option(
            names = "--starts",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Also start the serve command so many times, and print how long it takes from"
                            + " its start to the end of its first answer of one token (default:"
                            + " ${DEFAULT-VALUE}).")
    private int starts;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Also write the figures to this file.")
    private @Nullable Path json;

    @Mixin private DeviceOptions device = new DeviceOptions();

    @Mixin private WeightOptions weights = new WeightOptions();

    @Mixin private CacheOptions cache = new CacheOptions();

    @Override
    int run(Screen screen) throws Exception {
        Path path = Objects.requireNonNull(model);
        ModelArgument argument = ModelArgument.open(path);
        Model whole = cache.model(weights.model(argument.stored().model()));
        if (promptTokens + newTokens > whole.context()) {
            throw new IllegalArgumentException(
                    "prompts of %d tokens and answers of %d were asked for; together the model's context holds %d"
                            .formatted(promptTokens, newTokens, whole.context()));
        }
        Model gpt = whole.withContext(promptTokens + newTokens);
        var load =
                new ServerLoad(
                        new ServerLoad.Demand(clients, requests, promptTokens, newTokens),
                        gpt.config().vocabulary());
        screen.line(screen.bold("TornadoGPT") + " measures the server");
        screen.line("");
        MeasuringCommand.describe(screen, gpt.config());
        screen.entry("weights", "%s, keys and values as %s", weights.type(), cache.type());
        screen.entry(
                "clients",
                "%d, with prompts of up to %d tokens and answers of up to %d; %d requests differ",
                clients,
                promptTokens,
                newTokens,
                requests);
        if (starts > 0) {
            screen.entry("start", "%s", starts(path));
        }
        screen.line("");
        screen.line(
                screen.dim(
                        ROW.formatted(
                                "slots",
                                "answers",
                                "wrong",
                                "lost",
                                "tok/s",
                                "first ms p50/p99",
                                "next ms p50/p99",
                                "resident MiB")));
        var results = new ArrayList<ServerLoad.Result>();
        for (int count : slots) {
            ServerLoad.Result result = measure(argument, gpt, count, load);
            results.add(result);
            screen.line(row(count, result));
        }
        screen.line("");
        screen.sentence(
                "wrong: another text than alone; lost: refused or broken off. next: from one piece"
                        + " of text to the one behind. resident: the medians of the first and the"
                        + " last quarter of the time, and the most, of server and clients"
                        + " together.");
        if (json != null) {
            Files.writeString(json, ServerLoad.json(slots, results) + "\n");
        }
        return results.stream().allMatch(r -> r.wrong() == 0 && r.lost() == 0) ? 0 : 1;
    }

    private ServerLoad.Result measure(ModelArgument argument, Model gpt, int count, ServerLoad load)
            throws Exception {
        Backend backend = device.backend();
        MemoryBudget.require(backend.plan(GenerationPrograms.of(gpt, count).programs()).bytes());
        StoredModel stored = argument.stored();
        EngineSettings settings =
                EngineSettings.DEFAULT
                        .withSlots(count)
                        .withWaiting(clients)
                        .withWaitingPerClient(clients)
                        .withScoresPrompts(false)
                        .withTokenizer(argument.requireTokenizer())
                        .withExecution(device.execution());
        Engine engine =
                Engine.open(
                        backend,
                        gpt,
                        settings,
                        EndTokens.of(stored.path(), stored.config()),
                        session -> stored.load(gpt, session));
        var served =
                new ServedModel(
                        NAME,
                        Optional.of(engine),
                        argument.requireTokenizer(),
                        Optional.empty(),
                        Optional.empty(),
                        ServedModel.written(stored.path()));
        ServerSettings listening =
                ServerSettings.DEFAULT.withPort(0).withDeadline(Duration.ofHours(1));
        try (Server server = Server.start(listening, List.of(served))) {
            URI base = URI.create("http://127.0.0.1:" + server.address().getPort());
            return load.run(base, NAME, seconds);
        }
    }

    /// From the start of a process to the end of its first answer.
    private String starts(Path path) throws Exception {
        var words =
                new ArrayList<>(
                        List.of(
                                "serve",
                                "--model=" + path,
                                "--port=0",
                                "--device=" + device.name(null),
                                "--weights=" + weights.type(),
                                "--cache=" + cache.type()));
        double[] milliseconds = new double[starts];
        for (int i = 0; i < starts; i++) {
            milliseconds[i] = ServerLoad.firstAnswer(SecondCommand.with(words));
        }
        return String.format(
                Locale.ROOT,
                "%.2f s from its start to its first answer, the median of %d",
                ServerLoad.percentile(milliseconds, 0.5) / 1000,
                starts);
    }

    private static String row(int count, ServerLoad.Result result) {
        return ROW.formatted(
                count,
                result.answers(),
                result.wrong(),
                result.lost(),
                String.format(Locale.ROOT, "%.1f", result.tokensPerSecond()),
                pair(result.first()),
                pair(result.next()),
                result.resident());
    }

    private static String pair(ServerLoad.Waiting waiting) {
        return String.format(Locale.ROOT, "%.1f / %.1f", waiting.median(), waiting.p99());
    }
}
