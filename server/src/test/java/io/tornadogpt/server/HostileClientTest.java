package io.tornadogpt.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/// What is sent to harm: each has a clear status, or its connection closed, within a bound, and
/// others are served as before.
@Timeout(120)
class HostileClientTest {
    private static final Duration BOUND = Duration.ofSeconds(12);
    private static final String GOOD = "{'prompt': 'the', 'max_tokens': 8, 'temperature': 0}";

    private static Server server;
    private static TestClient client;
    private static String expected;

    @BeforeAll
    static void start() throws Exception {
        server =
                Server.start(
                        ServerSettings.DEFAULT.withPort(0),
                        List.of(TestModel.open(TestModel.settings())));
        client = new TestClient(server);
        expected = client.complete(GOOD).at("/choices/0/text").asText();
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
    }

    @AfterEach
    void othersAreServedAsBefore() throws Exception {
        assertEquals(expected, client.complete(GOOD).at("/choices/0/text").asText());
        assertEquals(0, TestModel.engine(server).stats().failed());
    }

    private static String raw(String request) throws IOException {
        try (var raw = new RawClient(server)) {
            return raw.send(request).rest();
        }
    }

    private static String post(byte[] body) throws IOException {
        try (var raw = new RawClient(server)) {
            return raw.post("/v1/completions", body).rest();
        }
    }

    private static String post(String body) throws IOException {
        return post(body.getBytes(StandardCharsets.UTF_8));
    }

    private static void assertStatus(int status, String answer) {
        assertEquals(
                status, RawClient.status(answer), () -> answer.lines().limit(20).toList() + "");
        assertTrue(answer.length() < 2000, "an answer of " + answer.length() + " characters");
    }

    @Test
    void headersThatComeSlowlyAreCutOff() throws Exception {
        List<RawClient> slow = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            slow.add(new RawClient(server).send("GET /health HTTP/1.1\r\nHost: local"));
        }
        othersAreServedAsBefore();
        assertTimeout(
                BOUND,
                () -> {
                    for (RawClient each : slow) {
                        try (each) {
                            assertEquals("", each.rest());
                        }
                    }
                });
    }

    @Test
    void bodiesThatComeSlowlyAreCutOff() throws Exception {
        List<RawClient> slow = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            String length = i % 2 == 0 ? "Content-Length: 4000000" : "Transfer-Encoding: chunked";
            slow.add(
                    new RawClient(server)
                            .send(
                                    "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\n"
                                            + length
                                            + "\r\n\r\n1\r\n"));
        }
        othersAreServedAsBefore();
        assertTimeout(
                BOUND,
                () -> {
                    for (RawClient each : slow) {
                        try (each) {
                            each.rest();
                        }
                    }
                });
    }

    @Test
    void connectionsWithoutARequestAreClosed() throws Exception {
        List<RawClient> idle = new ArrayList<>();
        for (int i = 0; i < 300; i++) { // more than are allowed
            idle.add(new RawClient(server));
        }
        assertTimeout(
                BOUND,
                () -> {
                    for (RawClient each : idle) {
                        try (each) {
                            assertEquals("", each.rest());
                        }
                    }
                });
    }

    @Test
    void halfClosedSocketGetsItsAnswer() throws Exception {
        try (var raw = new RawClient(server)) {
            raw.post("/v1/completions", GOOD.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
            raw.socket().shutdownOutput();
            assertTrue(raw.rest().contains("finish_reason"));
        }
    }

    @Test
    void bodiesOfAHundredMegabytesAreRefused() throws Exception {
        for (boolean declared : new boolean[] {true, false}) {
            try (var raw = new RawClient(server)) {
                raw.send(
                        "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                + (declared
                                        ? "Content-Length: 100000000\r\n\r\n"
                                        : "Transfer-Encoding: chunked\r\n\r\n"));
                byte[] piece = new byte[100_000];
                java.util.Arrays.fill(piece, (byte) ' ');
                OutputStream out = raw.socket().getOutputStream();
                for (int i = 0; i < 1000; i++) {
                    if (!declared) {
                        out.write("186a0\r\n".getBytes(StandardCharsets.UTF_8));
                    }
                    out.write(piece);
                    if (!declared) {
                        out.write("\r\n".getBytes(StandardCharsets.UTF_8));
                    }
                }
                if (!declared) {
                    out.write("0\r\n\r\n".getBytes(StandardCharsets.UTF_8));
                }
                assertStatus(413, raw.rest());
            }
        }
    }

    @Test
    void lengthsThatAreAbsurdAreRefused() throws Exception {
        String head = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
        assertStatus(413, raw(head + "Content-Length: 9223372036854775807\r\n\r\n{}"));
        assertStatus(400, raw(head + "Content-Length: 99999999999999999999\r\n\r\n{}"));
        assertStatus(400, raw(head + "Content-Length: -5\r\n\r\n{}"));
        assertStatus(400, raw(head + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}"));
    }

    @Test
    void deepJsonIsRefused() throws Exception {
        assertStatus(400, post("[".repeat(1_000_000)));
        assertStatus(400, post("{\"prompt\": " + "[".repeat(5000) + "]".repeat(5000) + "}"));
        assertStatus(400, post("{\"a\":".repeat(100_000)));
    }

    @Test
    void whatIsNoJsonOrNoUtf8IsRefused() throws Exception {
        assertStatus(400, post(""));
        assertStatus(400, post("null"));
        assertStatus(400, post("{\"prompt\": \"a\"} {}"));
        assertStatus(400, post("{\"prompt\": \"a\", \"prompt\": \"b\"}"));
        assertStatus(400, post("{\"prompt\": \"\\ud800\"}"));
        assertStatus(400, post("{\"prompt\": \"a\", \"temperature\": NaN}"));
        assertStatus(400, post("{\"prompt\": \"a\", \"temperature\": Infinity}"));
        assertStatus(400, post("{\"prompt\": \"a\", \"temperature\": " + "9".repeat(500) + "}"));
        assertStatus(400, post("{\"prompt\": \"a\", \"seed\": 1e1000000000}"));
        byte[] body = "{\"prompt\": \"a??b\"}".getBytes(StandardCharsets.UTF_8);
        body[13] = (byte) 0xC3;
        body[14] = (byte) 0x28;
        assertStatus(400, post(body));
        body[13] = (byte) 0xED; // a surrogate, encoded by itself
        body[14] = (byte) 0xA0;
        body[15] = (byte) 0x80;
        assertStatus(400, post(body));
    }

    @Test
    void tooManyStopStringsTextsAndBiasesAreRefused() throws Exception {
        String stops = Collections.nCopies(10_000, "\"stop\"").toString();
        assertStatus(400, post("{\"prompt\": \"a\", \"stop\": " + stops + "}"));
        assertStatus(400, post("{\"prompt\": \"a\", \"stop\": \"" + "s".repeat(9999) + "\"}"));
        assertStatus(400, post("{\"prompt\": \"a\", \"n\": 1000}"));
        String prompts = Collections.nCopies(1000, "\"a\"").toString();
        assertStatus(400, post("{\"prompt\": " + prompts + "}"));
        var biases = new StringBuilder("{\"0\": 1");
        for (int i = 1; i < 5000; i++) {
            biases.append(", \"").append(i).append("\": 1");
        }
        assertStatus(400, post("{\"prompt\": \"a\", \"logit_bias\": " + biases + "}}"));
    }

    @Test
    void promptsOfAMillionTokensAreRefused() throws Exception {
        String text = post("{\"prompt\": \"" + "the ".repeat(1_000_000) + "\"}");
        assertStatus(400, text);
        assertTrue(text.contains("context"), text);
        assertStatus(400, post("{\"prompt\": [1" + ",1".repeat(1_500_000) + "]}"));
        assertStatus(400, post("{\"prompt\": [1" + ",1".repeat(900_000) + "]}"));
        assertStatus(400, post("{\"prompt\": \"" + "a".repeat(3_000_000) + "\"}"));
    }

    @Test
    void aLongPromptIsRefusedRatherThanCutOff() throws Exception {
        String answer = post("{\"prompt\": [1" + ",1".repeat(TestModel.CONTEXT) + "]}");
        assertStatus(400, answer);
        assertTrue(answer.contains("context_length_exceeded"), answer);
        assertTrue(answer.contains("513 tokens"), answer);
    }

    @Test
    void anErrorDoesNotEchoTheInput() throws Exception {
        String secret = "s3cret".repeat(1000);
        assertStatus(400, post("{\"prompt\": \"a\", \"" + secret.substring(0, 250) + "\": 1}"));
        assertStatus(404, post("{\"prompt\": \"a\", \"model\": \"" + secret + "\"}"));
        assertStatus(400, post("{\"prompt\": \"a\", \"temperature\": \"" + secret + "\"}"));
        assertStatus(
                404,
                raw(
                        "GET /"
                                + secret
                                + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/../../etc/passwd",
                "/page.js/../../Page.class",
                "/%2e%2e/%2e%2e/etc/passwd",
                "/..%5c..%5cetc/passwd",
                "/page.js%00",
                "/PAGE.JS",
                "/v1//completions",
                "/v1/completions;a=b",
                "/META-INF/MANIFEST.MF",
                "/v1/models/%ff%fe",
                "/v1/models/../../metrics"
            })
    void pathTricksLeadNowhere(String path) throws Exception {
        String answer =
                raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        assertStatus(404, answer);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "nonsense\r\n\r\n",
                "GET\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n",
                "GET /health HTTP/1.1\r\nConnection: close\r\n\r\n",
                "GET //etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
                "GET http://[ HTTP/1.1\r\nHost: localhost\r\n\r\n",
                "GET /health HTTP/1.1\r\nHo st: localhost\r\n\r\n",
                "\u0000\u0001\u0002\r\n\r\n",
                "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
            })
    void requestsThatAreNoneAreRefused(String request) throws Exception {
        int status = RawClient.status(raw(request));
        assertTrue(status == 0 || (status >= 400 && status < 500), "status " + status);
    }

    @Test
    void headersWithoutEndAreRefused() throws Exception {
        try (var raw = new RawClient(server)) {
            raw.send("GET /health HTTP/1.1\r\nHost: localhost\r\n");
            String line = "X-Filler: " + "x".repeat(1000) + "\r\n";
            try {
                for (int i = 0; i < 1000; i++) {
                    raw.send(line);
                }
                raw.send("\r\n");
            } catch (IOException e) {
                return; // closed while they were sent
            }
            assertTrue(RawClient.status(raw.rest()) != 200);
        }
    }

    @Test
    void formsAndPlainTextAreRefused() throws Exception {
        for (String type : List.of("text/plain", "application/x-www-form-urlencoded")) {
            assertStatus(
                    415,
                    raw(
                            "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                                    + type
                                    + "\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"));
        }
    }
}
