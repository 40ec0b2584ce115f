package io.tornadogpt.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;

import io.tornadogpt.sampler.engine.Engine;
import io.tornadogpt.server.model.ServedModel;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// What one client does is not to be noticed by another: those who leave, those who come in crowds,
/// those who do not read.
@Timeout(120)
class ClientsSideBySideTest {
    private static final String LONG =
            "{\"prompt\": \"the\", \"max_tokens\": 400, \"logit_bias\": {\"%d\": 100}%s}"
                    .replace("%d", "" + TestModel.TOKENIZER.encode("x")[0]);

    private static Server start(ServedModel model) throws IOException {
        return start(ServerSettings.DEFAULT, model);
    }

    private static Server start(ServerSettings settings, ServedModel model) throws IOException {
        return Server.start(settings.withPort(0), List.of(model));
    }

    private static void await(Engine engine, int active) throws InterruptedException {
        long end = System.nanoTime() + Duration.ofSeconds(6).toNanos();
        while (engine.stats().active() != active) {
            assertTrue(System.nanoTime() < end, () -> "still " + engine.stats());
            Thread.sleep(5);
        }
    }

    /// Four hundred steps of 25 ms are 10 s; the slot has to be free long before.
    @Test
    @SuppressWarnings("try") // the client that leaves closes while the others go on
    void clientThatLeavesFreesItsSlotWhetherItStreamsOrNot() throws Exception {
        ServedModel model =
                TestModel.slow(TestModel.settings().withSlots(2), Duration.ofMillis(25));
        try (Server server = start(model)) {
            for (String stream : List.of("", ", \"stream\": true")) {
                try (var raw = new RawClient(server);
                        var client = new TestClient(server)) {
                    raw.post(
                            "/v1/completions",
                            LONG.formatted(stream).getBytes(StandardCharsets.UTF_8));
                    await(TestModel.engine(model), 1);
                    Future<JsonNode> other =
                            Executors.newVirtualThreadPerTaskExecutor()
                                    .submit(
                                            () ->
                                                    client.complete(
                                                                    "{'prompt': 'the',"
                                                                            + " 'max_tokens': 100,"
                                                                            + " 'temperature': 0}")
                                                            .json());
                    await(TestModel.engine(model), 2);
                    raw.close();
                    await(TestModel.engine(model), 1);
                    assertEquals(100, other.get().at("/usage/completion_tokens").asInt());
                }
            }
        }
    }

    @Test
    @SuppressWarnings("try") // the client that leaves closes while the others go on
    void clientThatLeavesTheQueueIsForgotten() throws Exception {
        ServedModel model =
                TestModel.slow(TestModel.settings().withSlots(1), Duration.ofMillis(25));
        try (Server server = start(model);
                var first = new RawClient(server);
                var second = new RawClient(server)) {
            byte[] request = LONG.formatted("").getBytes(StandardCharsets.UTF_8);
            first.post("/v1/completions", request);
            await(TestModel.engine(model), 1);
            second.post("/v1/completions", request);
            while (TestModel.engine(model).stats().waiting() == 0) {
                Thread.sleep(5);
            }
            second.close();
            long end = System.nanoTime() + Duration.ofSeconds(6).toNanos();
            while (TestModel.engine(model).stats().waiting() > 0) {
                assertTrue(System.nanoTime() < end, "it still waits");
                Thread.sleep(5);
            }
            assertEquals(1, TestModel.engine(model).stats().active());
        }
    }

    @Test
    void crowdIsRefusedWithAHintAndLaterServed() throws Exception {
        ServedModel model =
                TestModel.slow(
                        TestModel.settings().withSlots(1).withWaiting(2), Duration.ofMillis(10));
        try (Server server = start(model);
                var client = new TestClient(server);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<TestClient.Answer>> answers = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                answers.add(
                        threads.submit(
                                () ->
                                        client.complete(
                                                "{'prompt': 'the', 'max_tokens': 30,"
                                                        + " 'temperature': 0}")));
            }
            int refused = 0;
            for (Future<TestClient.Answer> each : answers) {
                TestClient.Answer answer = each.get();
                if (answer.status() == 429) {
                    refused++;
                    long hint =
                            answer.response()
                                    .headers()
                                    .firstValueAsLong("Retry-After")
                                    .orElseThrow();
                    assertTrue(hint >= 1 && hint <= 60, "in " + hint + " s");
                    assertEquals("rate_limit_exceeded", answer.at("/error/code").asText());
                } else {
                    assertEquals(200, answer.status(), answer.body());
                }
            }
            assertTrue(refused >= 1 && refused <= 9, refused + " were refused");
            assertEquals(200, client.complete("{'prompt': 'the'}").status());
        }
    }

    @Test
    void deadlineEndsALongAnswerWithWhatItHas() throws Exception {
        ServedModel model = TestModel.slow(TestModel.settings(), Duration.ofMillis(25));
        ServerSettings settings = ServerSettings.DEFAULT.withDeadline(Duration.ofSeconds(2));
        try (Server server = start(settings, model);
                var client = new TestClient(server)) {
            TestClient.Answer answer = client.post("/v1/completions", LONG.formatted(""));
            assertEquals("length", answer.at("/choices/0/finish_reason").asText());
            int tokens = answer.at("/usage/completion_tokens").asInt();
            assertTrue(tokens > 5 && tokens < 100, tokens + " tokens");
        }
    }

    @Test
    void drainedServerEndsWhatItHasAndRefusesWhatComes() throws Exception {
        ServedModel model = TestModel.slow(TestModel.settings(), Duration.ofMillis(25));
        Server server = start(model);
        try (var client = new TestClient(server);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            String request = "{'prompt': 'the', 'max_tokens': 60, 'temperature': 0}";
            Future<TestClient.Answer> running = threads.submit(() -> client.complete(request));
            await(TestModel.engine(model), 1);
            Future<Boolean> done = threads.submit(() -> server.stop(Duration.ofMinutes(1)));
            while (client.get("/health").status() == 200) {
                Thread.sleep(5);
            }
            TestClient.Answer late = client.complete(request);
            assertEquals(503, late.status());
            assertEquals("stopping", late.at("/error/code").asText());
            assertEquals(60, running.get().at("/usage/completion_tokens").asInt());
            assertTrue(done.get());
        }
    }

    @Test
    void closedServerCutsAStreamOffWithAnErrorRatherThanAnEnd() throws Exception {
        ServedModel model = TestModel.slow(TestModel.settings(), Duration.ofMillis(25));
        Server server = start(model);
        try (var raw = new RawClient(server)) {
            raw.post(
                    "/v1/completions",
                    LONG.formatted(", \"stream\": true").getBytes(StandardCharsets.UTF_8));
            await(TestModel.engine(model), 1);
            Thread.sleep(300);
            var answer = new CompletableFuture<String>();
            Thread.startVirtualThread(
                    () -> {
                        try {
                            answer.complete(raw.rest());
                        } catch (IOException e) {
                            answer.completeExceptionally(e);
                        }
                    });
            server.close();
            String text = answer.get();
            assertTrue(text.contains("\"code\":\"stopping\""), text);
            assertFalse(text.contains("[DONE]"), text);
        }
    }

    /// A client that asks for much and reads nothing fills its socket, and no one else's.
    @Test
    void clientThatDoesNotReadHarmsNoOther() throws Exception {
        ServedModel model = TestModel.open(TestModel.settings().withSlots(2));
        try (Server server = start(model);
                var client = new TestClient(server)) {
            List<RawClient> mute = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                var raw = new RawClient(server);
                raw.socket().setReceiveBufferSize(1024);
                raw.post(
                        "/v1/completions",
                        LONG.formatted(", \"stream\": true, \"logprobs\": 20")
                                .getBytes(StandardCharsets.UTF_8));
                mute.add(raw);
            }
            assertEquals(200, client.complete("{'prompt': 'the', 'max_tokens': 20}").status());
            await(TestModel.engine(model), 0);
            for (RawClient each : mute) {
                each.close();
            }
        }
    }
}
