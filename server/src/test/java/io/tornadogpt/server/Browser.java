package io.tornadogpt.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/// A page in a Chromium without a screen, driven by its DevTools protocol.
final class Browser implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Process process;
    private final HttpClient http = HttpClient.newHttpClient();
    private final WebSocket socket;
    private final AtomicInteger ids = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> answers = new ConcurrentHashMap<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();
    private final List<String> complaints = new CopyOnWriteArrayList<>();

    /// Where a Chromium is; empty where there is none.
    static Optional<Path> find() {
        return Stream.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
                .flatMap(
                        name ->
                                Stream.of(String.valueOf(System.getenv("PATH")).split(":"))
                                        .map(folder -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    Browser(Path program, Path profile) throws Exception {
        process =
                new ProcessBuilder(
                                program.toString(),
                                "--headless=new",
                                "--no-sandbox",
                                "--disable-gpu",
                                "--disable-dev-shm-usage",
                                "--disable-background-networking",
                                "--disable-component-update",
                                "--no-first-run",
                                "--remote-debugging-port=0",
                                "--user-data-dir=" + profile,
                                "about:blank")
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        Path portFile = profile.resolve("DevToolsActivePort");
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!Files.exists(portFile) || Files.size(portFile) == 0) {
            if (System.nanoTime() > end || !process.isAlive()) {
                process.destroyForcibly();
                throw new IOException("Chromium did not start");
            }
            Thread.sleep(50);
        }
        int port = Integer.parseInt(Files.readAllLines(portFile).getFirst());
        HttpRequest tab =
                HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:" + port + "/json/new?about:blank"))
                        .PUT(HttpRequest.BodyPublishers.noBody())
                        .build();
        String address =
                TestClient.JSON
                        .readTree(http.send(tab, HttpResponse.BodyHandlers.ofString()).body())
                        .path("webSocketDebuggerUrl")
                        .asText();
        socket =
                http.newWebSocketBuilder()
                        .buildAsync(URI.create(address), new Listener())
                        .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        for (String domain : List.of("Page", "Runtime", "Network", "Log")) {
            call(domain + ".enable", Map.of());
        }
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder message = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            message.append(data);
            if (last) {
                hear(message.toString());
                message.setLength(0);
            }
            webSocket.request(1);
            return CompletableFuture.completedStage(null);
        }
    }

    private void hear(String text) {
        try {
            JsonNode message = TestClient.JSON.readTree(text);
            if (message.has("id")) {
                answers.remove(message.path("id").asInt()).complete(message);
                return;
            }
            switch (message.path("method").asText()) {
                case "Network.requestWillBeSent" ->
                        requests.add(message.at("/params/request/url").asText());
                case "Runtime.exceptionThrown" ->
                        complaints.add(message.at("/params/exceptionDetails").toString());
                case "Log.entryAdded" -> {
                    if (message.at("/params/entry/level").asText().equals("error")) {
                        complaints.add(message.at("/params/entry").toString());
                    }
                }
                default -> {}
            }
        } catch (IOException e) {
            complaints.add(e.toString());
        }
    }

    JsonNode call(String method, Map<String, Object> parameters) throws Exception {
        int id = ids.incrementAndGet();
        ObjectNode message = TestClient.JSON.createObjectNode().put("id", id).put("method", method);
        message.set("params", TestClient.JSON.valueToTree(parameters));
        var answer = new CompletableFuture<JsonNode>();
        answers.put(id, answer);
        socket.sendText(message.toString(), true).get(10, TimeUnit.SECONDS);
        JsonNode json = answer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (json.has("error")) {
            throw new IOException(method + ": " + json.path("error"));
        }
        return json.path("result");
    }

    /// The value of an expression, which may be a promise.
    JsonNode evaluate(String script) throws Exception {
        JsonNode result =
                call(
                        "Runtime.evaluate",
                        Map.of("expression", script, "awaitPromise", true, "returnByValue", true));
        if (result.has("exceptionDetails")) {
            throw new IOException(script + ": " + result.path("exceptionDetails"));
        }
        return result.at("/result/value");
    }

    void await(String condition) throws Exception {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!evaluate(condition).asBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("never: " + condition + "; " + complaints);
            }
            Thread.sleep(20);
        }
    }

    void open(String url) throws Exception {
        call("Page.navigate", Map.of("url", url));
        await("document.readyState === 'complete'");
    }

    void type(String text) throws Exception {
        call("Input.insertText", Map.of("text", text));
    }

    void press(String key, int code) throws Exception {
        for (String type : List.of("keyDown", "keyUp")) {
            call(
                    "Input.dispatchKeyEvent",
                    Map.of(
                            "type",
                            type,
                            "key",
                            key,
                            "code",
                            key,
                            "windowsVirtualKeyCode",
                            code,
                            "text",
                            type.equals("keyDown") && key.equals("Enter") ? "\r" : ""));
        }
    }

    void screenshot(Path file, int width, int height, boolean phone, String scheme)
            throws Exception {
        call(
                "Emulation.setDeviceMetricsOverride",
                Map.of(
                        "width", width, "height", height, "deviceScaleFactor", 1, "mobile", phone));
        call(
                "Emulation.setEmulatedMedia",
                Map.of(
                        "features",
                        List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
        Thread.sleep(200);
        byte[] png =
                Base64.getDecoder()
                        .decode(
                                call("Page.captureScreenshot", Map.of("format", "png"))
                                        .path("data")
                                        .asText());
        Files.createDirectories(file.toAbsolutePath().getParent());
        Files.write(file, png);
    }

    /// Every address that was asked for.
    List<String> requests() {
        return new ArrayList<>(requests);
    }

    /// Exceptions, and what broke the page's policy.
    List<String> complaints() {
        return new ArrayList<>(complaints);
    }

    @Override
    public void close() {
        socket.abort();
        http.shutdownNow();
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().onExit().join();
    }
}
