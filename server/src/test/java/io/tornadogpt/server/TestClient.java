package io.tornadogpt.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Plain HTTP to a server of a test.
final class TestClient implements AutoCloseable {
    static final ObjectMapper JSON = new ObjectMapper();

    private final HttpClient client =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(Duration.ofSeconds(10))
                    .build();
    private final String base;

    TestClient(Server server) {
        base = "http://127.0.0.1:" + server.address().getPort();
    }

    record Answer(int status, String body, HttpResponse<String> response) {
        JsonNode json() {
            try {
                return JSON.readTree(body);
            } catch (JsonProcessingException e) {
                throw new AssertionError("no JSON: " + body, e);
            }
        }

        JsonNode at(String pointer) {
            return json().at(pointer);
        }

        /// The data of all events but the last one, which says that they are all.
        List<JsonNode> events() {
            var events = new ArrayList<JsonNode>();
            String[] parts = body.split("\n\n");
            for (String part : parts) {
                if (part.startsWith("data: {")) {
                    try {
                        events.add(JSON.readTree(part.substring(6)));
                    } catch (JsonProcessingException e) {
                        throw new AssertionError("no JSON: " + part, e);
                    }
                }
            }
            if (!parts[parts.length - 1].equals("data: [DONE]")) {
                throw new AssertionError("the stream has no end: " + body);
            }
            return events;
        }
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(base + path)).timeout(Duration.ofMinutes(2));
    }

    Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
        HttpResponse<String> response =
                client.send(request.build(), HttpResponse.BodyHandlers.ofString());
        return new Answer(response.statusCode(), response.body(), response);
    }

    Answer get(String path) throws IOException, InterruptedException {
        return send(request(path));
    }

    Answer post(String path, String body) throws IOException, InterruptedException {
        return send(
                request(path)
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    /// JSON with apostrophes for quotation marks.
    Answer complete(String body) throws IOException, InterruptedException {
        return post("/v1/completions", body.replace('\'', '"'));
    }

    /// JSON with apostrophes for quotation marks.
    Answer chat(String body) throws IOException, InterruptedException {
        return post("/v1/chat/completions", body.replace('\'', '"'));
    }

    @Override
    public void close() {
        client.close();
    }
}
