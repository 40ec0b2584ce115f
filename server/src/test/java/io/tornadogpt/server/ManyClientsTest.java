package io.tornadogpt.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;

import io.tornadogpt.core.backend.Backends;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/// Sixty-four clients at a time, with prompts and answers of all lengths, streamed and whole: each
/// answer is the one that its request has alone.
class ManyClientsTest {
    private static final int CLIENTS = 64;
    private static final int REQUESTS = 24;

    /// How long clients go on: some seconds, or what the property says.
    private static final int SECONDS = Integer.getInteger("test.load.seconds", 8);

    private static String request(int number) {
        String prompt = "the quick brown fox ".repeat(1 + number * 5 % 13).substring(number % 7);
        return "{'prompt': '%s', 'max_tokens': %d, %s, 'logprobs': 1"
                .formatted(
                        prompt,
                        1 + number * 11 % 40,
                        number % 3 == 0
                                ? "'temperature': 0"
                                : "'seed': %d, 'top_p': 0.9".formatted(number));
    }

    @Test
    @Timeout(900)
    void answersAreThoseAloneAndNoneIsLost() throws Exception {
        try (Server server =
                        Server.start(
                                ServerSettings.DEFAULT.withPort(0),
                                List.of(
                                        TestModel.open(
                                                TestModel.settings().withSlots(8),
                                                Backends.named("cpu"))));
                var client = new TestClient(server);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Map<Integer, JsonNode> alone = new HashMap<>();
            for (int i = 0; i < REQUESTS; i++) {
                alone.put(i, client.complete(request(i) + "}").at("/choices"));
            }
            long end = System.nanoTime() + SECONDS * 1_000_000_000L;
            var answers = new AtomicInteger();
            List<Future<?>> running = new ArrayList<>();
            for (int c = 0; c < CLIENTS; c++) {
                int first = c;
                running.add(
                        threads.submit(
                                () -> {
                                    for (int i = first;
                                            i == first || System.nanoTime() < end;
                                            i++) {
                                        check(client, i, alone);
                                        answers.incrementAndGet();
                                    }
                                    return null;
                                }));
            }
            for (Future<?> each : running) {
                each.get();
            }
            assertTrue(answers.get() >= CLIENTS, answers + " answers");
            var stats = TestModel.engine(server).stats();
            assertEquals(REQUESTS + answers.get(), stats.finished());
            assertEquals(0, stats.failed() + stats.refused() + stats.active() + stats.waiting());
        }
    }

    private static void check(TestClient client, int i, Map<Integer, JsonNode> alone)
            throws Exception {
        int number = i % REQUESTS;
        JsonNode expected = alone.get(number);
        if (i % 2 == 0) {
            assertEquals(expected, client.complete(request(number) + "}").at("/choices"));
            return;
        }
        var text = new StringBuilder();
        List<JsonNode> logs = new ArrayList<>();
        for (JsonNode event : client.complete(request(number) + ", 'stream': true}").events()) {
            text.append(event.at("/choices/0/text").asText());
            event.at("/choices/0/logprobs/token_logprobs").forEach(logs::add);
        }
        assertEquals(expected.at("/0/text").asText(), text.toString());
        List<JsonNode> expectedLogs = new ArrayList<>();
        expected.at("/0/logprobs/token_logprobs").forEach(expectedLogs::add);
        assertEquals(expectedLogs, logs, "bit for bit");
    }
}
