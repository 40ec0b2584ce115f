package io.tornadogpt.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.tornadogpt.server.Server;
import io.tornadogpt.server.ServerSettings;
import io.tornadogpt.tokenizer.CharTokenizer;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;

/// Two adapters served beside their model: each name answers as the sample command does with it.
class ServedAdaptersTest {
    private static final Path GOLDEN =
            Path.of("../trainer/src/test/resources/io/tornadogpt/trainer/adapters");
    private static final Path FIRST = GOLDEN.resolve("gpt2/adapter");
    private static final Path SECOND = GOLDEN.resolve("gpt2-blocks/adapter");
    private static final String PROMPT = "abcde";
    private static final int TOKENS = 16;
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir static Path folder;

    /// A model with a tokenizer, which the golden one has not.
    @BeforeAll
    static void copyTheModel() throws IOException {
        for (String file : List.of("config.json", "model.safetensors")) {
            Files.copy(GOLDEN.resolve("gpt2/base").resolve(file), folder.resolve(file));
        }
        String letters =
                IntStream.range('A', 'A' + 58)
                        .mapToObj(Character::toString)
                        .collect(Collectors.joining());
        CharTokenizer.train(letters).save(folder);
    }

    private static String sampled(Object... adapter) throws IOException {
        var words =
                new ArrayList<Object>(
                        List.of("sample", "--model", folder, "--prompt", PROMPT, "--json"));
        words.addAll(List.of("--temperature=0", "--max-new-tokens=" + TOKENS));
        words.addAll(List.of(adapter));
        String out = CommandRun.gpt(words.toArray()).requireSuccess().out();
        return JSON.readTree(out).get("text").asText();
    }

    private static HttpResponse<String> asked(HttpClient client, URI server, String model)
            throws IOException, InterruptedException {
        String body =
                JSON.createObjectNode()
                        .put("model", model)
                        .put("prompt", PROMPT)
                        .put("temperature", 0)
                        .put("max_tokens", TOKENS)
                        .toString();
        return client.send(
                HttpRequest.newBuilder(server.resolve("/v1/completions"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Test
    void eachNameAnswersAsSampleDoesWithThatAdapter() throws Exception {
        var command = new ServeCommand();
        new CommandLine(command)
                .parseArgs(
                        "--model=" + folder,
                        "--name=plain",
                        "--slots=2",
                        "--adapter=one=" + FIRST,
                        "--adapter=two=" + SECOND);
        try (Server server = Server.start(ServerSettings.DEFAULT.withPort(0), command.models());
                HttpClient client = HttpClient.newHttpClient()) {
            URI address = URI.create("http://127.0.0.1:" + server.address().getPort());
            String plain = text(asked(client, address, "plain"));
            String one = text(asked(client, address, "one"));
            String two = text(asked(client, address, "two"));
            assertEquals(sampled(), plain);
            assertEquals(sampled("--adapter", FIRST), one);
            assertEquals(sampled("--adapter", SECOND), two);
            assertNotEquals(plain, one);
            assertNotEquals(one, two);

            assertEquals(Set.of("plain", "one", "two"), names(client, address));
            HttpResponse<String> none = asked(client, address, "three");
            assertEquals(404, none.statusCode());
            JsonNode error = JSON.readTree(none.body()).get("error");
            assertEquals("model_not_found", error.get("code").asText());
            assertTrue(error.get("message").asText().contains("three"), none.body());
        }
    }

    private static String text(HttpResponse<String> answer) throws IOException {
        assertEquals(200, answer.statusCode(), answer.body());
        return JSON.readTree(answer.body()).at("/choices/0/text").asText();
    }

    private static Set<String> names(HttpClient client, URI address)
            throws IOException, InterruptedException {
        HttpResponse<String> models =
                client.send(
                        HttpRequest.newBuilder(address.resolve("/v1/models")).build(),
                        HttpResponse.BodyHandlers.ofString());
        return StreamSupport.stream(JSON.readTree(models.body()).get("data").spliterator(), false)
                .map(model -> model.get("id").asText())
                .collect(Collectors.toSet());
    }
}
