package io.tornadogpt.server;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.server.api.Service;
import io.tornadogpt.server.http.ApiException;
import io.tornadogpt.server.http.Bodies;
import io.tornadogpt.server.http.Call;
import io.tornadogpt.server.http.Metrics;
import io.tornadogpt.server.http.SlowReaders;
import io.tornadogpt.server.model.ServedModel;
import io.tornadogpt.server.page.Page;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Serves models by OpenAI's protocol:
///
/// ```java
/// var model = ServedModel.load("tales", directory, Backends.standard(), EngineSettings.DEFAULT);
/// try (Server server = Server.start(ServerSettings.DEFAULT, List.of(model))) {
///     System.out.println("http://" + server.address());
/// }
/// ```
///
/// It is made of the JDK's own `jdk.httpserver`, whose limits are properties of the system, read
/// once by the whole process. Where they are not set, the first server sets them: requests must
/// have come whole within `sun.net.httpserver.maxReqTime`, 30 s; at most
/// `jdk.httpserver.maxConnections`, 512; connections without a request are closed after
/// `sun.net.httpserver.idleInterval`, 60 s.
public final class Server implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(Server.class.getName());
    private static final Duration SLOWEST_WRITE = Duration.ofSeconds(20);
    private static final int BACKLOG = 128;
    private static final int SECONDS_TO_END = 2;

    /// What browsers are not to do with anything that comes from here.
    private static final Map<String, String> HEADERS =
            Map.of(
                    "X-Content-Type-Options", "nosniff",
                    "Cross-Origin-Resource-Policy", "same-origin",
                    "Referrer-Policy", "no-referrer",
                    "X-Frame-Options", "DENY");

    private static final Map<String, String> LIMITS =
            Map.of(
                    "sun.net.httpserver.maxReqTime", "30",
                    "sun.net.httpserver.idleInterval", "60",
                    "sun.net.httpserver.maxReqHeaderSize", "32768",
                    "sun.net.httpserver.maxReqHeaders", "100",
                    "sun.net.httpserver.nodelay", "true",
                    "jdk.httpserver.maxConnections", "512");

    static {
        LIMITS.forEach(
                (name, value) -> {
                    if (System.getProperty(name) == null) {
                        System.setProperty(name, value);
                    }
                });
    }

    private final HttpServer http;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final List<ServedModel> models;
    private final Service service;
    private final Access access;
    private final Bodies bodies;
    private final SlowReaders slowReaders = new SlowReaders(SLOWEST_WRITE);
    private final Metrics metrics = new Metrics();
    private volatile boolean stopping;

    private Server(ServerSettings settings, List<ServedModel> models) throws IOException {
        this.models = List.copyOf(models);
        InetAddress address = settings.address();
        access = new Access(settings, address);
        bodies = new Bodies(settings.longestBody());
        service =
                new Service(
                        models,
                        new Service.Limits(settings.mostChoices(), settings.deadline()),
                        metrics);
        http = HttpServer.create(new InetSocketAddress(address, settings.port()), BACKLOG);
        http.setExecutor(threads);
        http.createContext("/", this::handle);
    }

    /// Starts to serve models, which become the server's: it closes them.
    ///
    /// @param models by different names; the first one is meant where a request names none
    /// @throws IOException if the address cannot be listened on
    /// @throws IllegalArgumentException if the settings do not allow it
    public static Server start(ServerSettings settings, List<ServedModel> models)
            throws IOException {
        if (settings.needsKey()) {
            throw new IllegalArgumentException(
                    ("other machines reach the address %s, and no key is set: whoever reaches it"
                                    + " could use the model; set a key, listen on 127.0.0.1, or set"
                                    + " openToAll as well if everybody may")
                            .formatted(settings.host()));
        }
        var server = new Server(settings, models);
        server.http.start();
        return server;
    }

    /// Where it listens.
    public InetSocketAddress address() {
        return http.getAddress();
    }

    /// What it serves.
    public List<ServedModel> models() {
        return models;
    }

    private void handle(HttpExchange exchange) throws IOException {
        long begin = System.nanoTime();
        Route route = Route.of(exchange.getRequestURI().getRawPath());
        var call = new Call(exchange, slowReaders);
        try {
            answer(exchange, route, call);
            call.close();
        } catch (ApiException e) {
            call.answer(e);
            call.close();
        } catch (InterruptedException e) {
            throw new IOException("interrupted", e); // JDK's server closes the connection then
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.ERROR, "a request failed", e);
            call.answer(ApiException.of(500, "failed", "the server failed to answer"));
            call.close();
        } finally {
            metrics.answered(route.label(), call.status(), System.nanoTime() - begin);
        }
    }

    private void answer(HttpExchange exchange, Route route, Call call)
            throws IOException, InterruptedException {
        HEADERS.forEach(call::header);
        access.requireOurName(exchange);
        if (route == Route.PAGE) {
            Page.answer(exchange, call);
            return;
        }
        access.requireOurPage(exchange);
        requireMethod(exchange, route, call);
        if (route == Route.HEALTH) {
            answerHealth(call);
            return;
        }
        call.setClient(access.requireKey(exchange));
        switch (route) {
            case METRICS ->
                    call.answer(
                            200,
                            "text/plain; version=0.0.4; charset=utf-8",
                            service.metrics().getBytes(StandardCharsets.UTF_8));
            case MODELS -> call.answer(service.list());
            case MODEL -> call.answer(service.describe(modelOf(exchange)));
            case COMPLETIONS -> service.complete(bodies.read(exchange), call);
            case CHAT -> service.chat(bodies.read(exchange), call);
            case EMBEDDINGS -> service.embed(bodies.read(exchange), call);
            case HEALTH, PAGE, NONE -> throw new IllegalStateException(route.toString());
        }
    }

    private static void requireMethod(HttpExchange exchange, Route route, Call call) {
        if (route == Route.NONE) {
            throw ApiException.of(
                    404,
                    "not_found",
                    "there is nothing at %s"
                            .formatted(
                                    BadFileException.quote(
                                            String.valueOf(exchange.getRequestURI()))));
        }
        if (!exchange.getRequestMethod().equals(route.method())) {
            call.header("Allow", route.method());
            throw ApiException.of(
                    405,
                    "method_not_allowed",
                    "this path takes %s alone".formatted(route.method()));
        }
    }

    private void answerHealth(Call call) throws IOException {
        if (stopping) {
            throw ApiException.of(503, "stopping", "the server stops");
        }
        call.answer(JsonNodeFactory.instance.objectNode().put("status", "ok"));
    }

    private static String modelOf(HttpExchange exchange) {
        String name = exchange.getRequestURI().getRawPath().substring(Route.MODEL.path().length());
        try {
            return URLDecoder.decode(name.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw ApiException.badRequest("the path is not encoded as addresses are; change it");
        }
    }

    /// Takes no more requests, waits for those there are, and stops.
    ///
    /// @param within how long to wait; what is not done then is cut off
    /// @return whether all of them were done
    public boolean stop(Duration within) throws InterruptedException {
        stopping = true;
        boolean done = service.drain(within);
        close();
        return done;
    }

    /// Stops at once, and closes the models.
    @Override
    public void close() {
        stopping = true;
        models.forEach(ServedModel::close); // ends what is being answered
        http.stop(SECONDS_TO_END);
        threads.close();
        slowReaders.close();
    }
}
