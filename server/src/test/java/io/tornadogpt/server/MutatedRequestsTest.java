package io.tornadogpt.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Five thousand requests that somebody damaged: refused or served, nothing else. A third of them
/// have other values in their JSON, a third is damaged within it, a third anywhere, heads included.
class MutatedRequestsTest {
    private static final int COUNT = 5000;

    private static final List<String> BODIES =
            List.of(
                    """
                    {"model": "tiny", "prompt": "the quick", "max_tokens": 4, "temperature": 0.7, "top_p": 0.9, "stop": ["a", "\\n"]}\
                    """,
                    """
                    {"model": "tiny", "prompt": [[5, 6, 7], [8]], "max_tokens": 2, "n": 2, "seed": 12, "logprobs": 2, "echo": true}\
                    """,
                    """
                    {"prompt": "one", "stream": true, "stream_options": {"include_usage": true}, "max_tokens": 3, "logit_bias": {"5": -100}, "presence_penalty": 1.5}\
                    """,
                    """
                    {"model": "tiny", "messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": [{"type": "text", "text": "hi"}]}], "max_completion_tokens": 3, "logprobs": true, "top_logprobs": 2}\
                    """,
                    """
                    {"messages": [{"role": "user", "content": "\\u00e9 \\ud83d\\ude00"}], "max_tokens": 9, "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object", "properties": {"a": {"type": "integer", "maximum": 9}, "b": {"type": "string", "pattern": "^[a-z]{1,3}$"}}, "required": ["a"]}}}}\
                    """);

    private static final List<String> INSERTED =
            List.of(
                    "\"",
                    "{",
                    "}",
                    "[",
                    "]",
                    ",",
                    ":",
                    "null",
                    "-",
                    "1e99",
                    "99999999999",
                    "NaN",
                    "\\u0000",
                    "\\ud800",
                    "true",
                    "\r\n",
                    "\0",
                    " ",
                    "$ref",
                    "😀",
                    "/",
                    "%");

    private static final List<String> VALUES =
            List.of(
                    "0",
                    "1",
                    "2",
                    "-1",
                    "0.5",
                    "7",
                    "1e300",
                    "12345678901234567890",
                    "true",
                    "null",
                    "\"\"",
                    "\"a\"",
                    "\"tiny\"",
                    "[]",
                    "[1]",
                    "{}",
                    "{\"a\": 1}",
                    "[[1], \"a\"]");

    @Test
    @Timeout(300)
    void mutantsAreRefusedOrServed() throws Exception {
        try (Server server =
                        Server.start(
                                ServerSettings.DEFAULT.withPort(0),
                                List.of(TestModel.open(TestModel.settings())));
                var client = new TestClient(server)) {
            String good = "{'prompt': 'the', 'max_tokens': 8, 'temperature': 0}";
            String expected = client.complete(good).at("/choices/0/text").asText();
            int[] counts = new int[6];
            for (int seed = 0; seed < COUNT; seed++) {
                int status = status(server, mutant(new Random(seed), seed));
                boolean known =
                        status == 0
                                || status == 200
                                || (status >= 400 && status < 500)
                                || status == 501; // an unknown transfer coding
                assertTrue(known, "mutant " + seed + " was answered with status " + status);
                counts[status / 100]++;
            }
            assertTrue(counts[2] > 200 && counts[4] > 1000, java.util.Arrays.toString(counts));
            assertEquals(expected, client.complete(good).at("/choices/0/text").asText());
            assertEquals(0, TestModel.engine(server).stats().failed());
            assertEquals(0, TestModel.engine(server).stats().active());
        }
    }

    private static byte[] mutant(Random random, int seed) {
        String text = BODIES.get(seed % BODIES.size());
        String path = text.contains("messages") ? "/v1/chat/completions" : "/v1/completions";
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        boolean anywhere = seed % 3 == 2;
        byte[] sent =
                switch (seed % 3) {
                    case 0 -> withOtherValue(text, random);
                    case 1 -> damaged(body, random);
                    default -> body;
                };
        byte[] head =
                "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n"
                        .formatted(path, sent.length)
                        .getBytes(StandardCharsets.UTF_8);
        byte[] whole = new byte[head.length + sent.length];
        System.arraycopy(head, 0, whole, 0, head.length);
        System.arraycopy(sent, 0, whole, head.length, sent.length);
        return anywhere ? damaged(whole, random) : whole;
    }

    /// One value of the JSON, at any depth, is another.
    private static byte[] withOtherValue(String text, Random random) {
        try {
            JsonNode root = TestClient.JSON.readTree(text);
            List<JsonNode> inner = new ArrayList<>();
            collect(root, inner);
            JsonNode value = TestClient.JSON.readTree(VALUES.get(random.nextInt(VALUES.size())));
            JsonNode parent = inner.get(random.nextInt(inner.size()));
            if (parent instanceof ObjectNode object) {
                List<String> names = new ArrayList<>();
                object.fieldNames().forEachRemaining(names::add);
                object.set(names.get(random.nextInt(names.size())), value);
            } else if (parent instanceof ArrayNode array) {
                array.set(random.nextInt(array.size()), value);
            }
            return TestClient.JSON.writeValueAsBytes(root);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    private static void collect(JsonNode node, List<JsonNode> inner) {
        if (node.isContainerNode() && !node.isEmpty()) {
            inner.add(node);
            node.forEach(child -> collect(child, inner));
        }
    }

    private static byte[] damaged(byte[] bytes, Random random) {
        var result = new ArrayList<Byte>();
        for (byte b : bytes) {
            result.add(b);
        }
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            int at = random.nextInt(result.size());
            switch (random.nextInt(4)) {
                case 0 -> result.set(at, (byte) random.nextInt(256));
                case 1 ->
                        result.subList(at, Math.min(result.size(), at + 1 + random.nextInt(9)))
                                .clear();
                case 2 -> {
                    byte[] more =
                            INSERTED.get(random.nextInt(INSERTED.size()))
                                    .getBytes(StandardCharsets.UTF_8);
                    for (byte b : more) {
                        result.add(at, b);
                    }
                }
                default -> {
                    int end = Math.min(result.size(), at + random.nextInt(40));
                    result.addAll(at, List.copyOf(result.subList(at, end)));
                }
            }
            if (result.isEmpty()) {
                result.add((byte) 'x');
            }
        }
        byte[] damaged = new byte[result.size()];
        for (int i = 0; i < damaged.length; i++) {
            damaged[i] = result.get(i);
        }
        return damaged;
    }

    /// What is incomplete is ended by the client, so that nobody waits for the rest.
    private static int status(Server server, byte[] request) throws IOException {
        try (var socket =
                new Socket(InetAddress.getLoopbackAddress(), server.address().getPort())) {
            socket.setSoTimeout(20_000);
            var answer = new ByteArrayOutputStream();
            try {
                OutputStream out = socket.getOutputStream();
                out.write(request);
                out.flush();
                socket.shutdownOutput();
                InputStream in = socket.getInputStream();
                in.transferTo(answer);
            } catch (SocketException e) {
                return RawClient.status(answer.toString(StandardCharsets.UTF_8)); // it was reset
            }
            String text = answer.toString(StandardCharsets.UTF_8);
            return text.isEmpty() ? 0 : RawClient.status(text);
        }
    }
}
