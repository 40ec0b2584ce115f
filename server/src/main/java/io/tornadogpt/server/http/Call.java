package io.tornadogpt.server.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;

/// One request and its answer, which is sent once: whole, or after signs of life, or as a stream of
/// events.
///
/// Nothing tells a server that its client has gone but a write that fails. So who computes for long
/// calls [#showLife] each second: that writes what no reader minds, a space before JSON or a
/// comment between events.
public final class Call implements AutoCloseable {
    private static final String JSON_TYPE = "application/json";
    private static final String EVENTS_TYPE = "text/event-stream; charset=utf-8";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final byte[] SPACE = {' '};
    private static final byte[] COMMENT = ": waiting\n\n".getBytes(StandardCharsets.UTF_8);
    private static final byte[] DATA = "data: ".getBytes(StandardCharsets.UTF_8);
    private static final byte[] END_OF_EVENT = "\n\n".getBytes(StandardCharsets.UTF_8);
    private static final byte[] DONE = "data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8);

    private final HttpExchange exchange;
    private final SlowReaders slowReaders;
    private @Nullable OutputStream out; // once the status is sent and the body goes on
    private String client = "";
    private boolean events;
    private int status;
    private long lastWrite = System.nanoTime();

    /// A request that has come, and was not answered yet.
    public Call(HttpExchange exchange, SlowReaders slowReaders) {
        this.exchange = exchange;
        this.slowReaders = slowReaders;
    }

    /// Says whose request it is.
    public void setClient(String value) {
        client = value;
    }

    /// Whose request it is: a key's, or an address's.
    public String client() {
        return client;
    }

    /// The status that was sent; 0 before.
    public int status() {
        return status;
    }

    /// How long the client has been sent nothing, in nanoseconds.
    public long silence() {
        return System.nanoTime() - lastWrite;
    }

    /// Whether the answer has begun, so that its status cannot change any more.
    public boolean isBegun() {
        return status != 0;
    }

    /// Sends a whole JSON answer, or what is left of one that showed life before.
    public void answer(JsonNode json) throws IOException {
        byte[] bytes = bytes(json);
        if (out == null) {
            sendWhole(200, JSON_TYPE, bytes);
        } else {
            write(bytes);
        }
    }

    /// Sends an error. Where the answer has begun as a stream it becomes the stream's last event; a
    /// whole answer that has begun is cut off, which its reader notices.
    ///
    /// @throws IOException if the answer was cut off
    public void answer(ApiException error) throws IOException {
        JsonNode json = json(error);
        if (events) {
            event(json);
        } else if (isBegun()) {
            throw new IOException("the answer had begun when it failed", error);
        } else {
            Duration retryAfter = error.retryAfter();
            if (retryAfter != null) {
                header("Retry-After", Long.toString(retryAfter.toSeconds()));
            }
            sendWhole(error.status(), JSON_TYPE, bytes(json));
        }
    }

    private static ObjectNode json(ApiException error) {
        ObjectNode root = JSON.createObjectNode();
        root.putObject("error")
                .put("message", error.getMessage())
                .put("type", error.type())
                .put("param", error.parameter())
                .put("code", error.code());
        return root;
    }

    /// Sends bytes of any type.
    public void answer(int code, String type, byte[] bytes) throws IOException {
        sendWhole(code, type, bytes);
    }

    /// Adds a header to the answer.
    public void header(String name, String value) {
        exchange.getResponseHeaders().set(name, value);
    }

    private void sendWhole(int code, String type, byte[] bytes) throws IOException {
        header("Content-Type", type);
        boolean head = exchange.getRequestMethod().equals("HEAD");
        status = code;
        slowReaders.watch(
                () -> {
                    exchange.sendResponseHeaders(
                            code, head || bytes.length == 0 ? -1 : bytes.length);
                    if (!head && bytes.length > 0) {
                        exchange.getResponseBody().write(bytes);
                        exchange.getResponseBody().flush(); // before what is left is read
                    }
                });
    }

    /// Begins a stream of events.
    public void beginEvents() throws IOException {
        header("Cache-Control", "no-cache");
        header("X-Accel-Buffering", "no"); // a proxy is not to wait for the end
        events = true;
        begin(EVENTS_TYPE);
    }

    private void begin(String type) throws IOException {
        header("Content-Type", type);
        status = 200;
        slowReaders.watch(() -> exchange.sendResponseHeaders(200, 0));
        out = exchange.getResponseBody();
    }

    /// Sends an event.
    public void event(JsonNode data) throws IOException {
        byte[] json = bytes(data);
        byte[] event = new byte[DATA.length + json.length + END_OF_EVENT.length];
        System.arraycopy(DATA, 0, event, 0, DATA.length);
        System.arraycopy(json, 0, event, DATA.length, json.length);
        System.arraycopy(END_OF_EVENT, 0, event, DATA.length + json.length, END_OF_EVENT.length);
        write(event);
    }

    /// Sends the event that ends a stream.
    public void endEvents() throws IOException {
        write(DONE);
    }

    /// Shows the client that its answer is being worked on, and finds out whether it is there.
    ///
    /// @throws IOException if it is not
    public void showLife() throws IOException {
        if (out == null) {
            begin(JSON_TYPE);
        }
        write(events ? COMMENT : SPACE);
    }

    private void write(byte[] bytes) throws IOException {
        OutputStream stream = out;
        if (stream == null) {
            throw new IllegalStateException("nothing was begun");
        }
        slowReaders.watch(
                () -> {
                    stream.write(bytes);
                    stream.flush();
                });
        lastWrite = System.nanoTime();
    }

    private static byte[] bytes(JsonNode json) throws JsonProcessingException {
        return JSON.writeValueAsBytes(json);
    }

    /// The only value of a header; null where there is none.
    ///
    /// @throws ApiException if there are several
    public static @Nullable String only(HttpExchange exchange, String name) {
        List<String> values = exchange.getRequestHeaders().get(name);
        if (values == null || values.isEmpty()) {
            return null;
        }
        if (values.size() > 1) {
            throw ApiException.badRequest(
                    "the request has %d headers %s; send one".formatted(values.size(), name));
        }
        return values.getFirst();
    }

    /// Ends the answer.
    @Override
    public void close() {
        exchange.close();
    }
}
