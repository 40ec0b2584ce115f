package io.tornadogpt.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.util.List;

/// Answers that are JSON, of a model that by itself writes nonsense.
@Timeout(120)
class ResponseFormatTest {
    private static Server server;
    private static TestClient client;

    @BeforeAll
    static void start() throws IOException {
        server =
                Server.start(
                        ServerSettings.DEFAULT.withPort(0),
                        List.of(TestModel.open(TestModel.settings())));
        client = new TestClient(server);
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
    }

    private static TestClient.Answer ask(String format, int seed) throws Exception {
        return client.chat(
                "{'messages': [{'role': 'user', 'content': 'hi'}], 'max_tokens': 450, 'seed': %d, 'response_format': %s}"
                        .formatted(seed, format));
    }

    private static TestClient.Answer schema(String schema, int seed) throws Exception {
        return ask(
                "{'type': 'json_schema', 'json_schema': {'name': 'x', 'strict': true, 'schema': "
                        + schema
                        + "}}",
                seed);
    }

    @Test
    void answerIsValidAgainstTheSchema() throws Exception {
        String schema =
                "{'type': 'object', 'properties': {'name': {'type': 'string', 'minLength': 1,"
                    + " 'maxLength': 6}, 'age': {'type': 'integer', 'minimum': 0, 'maximum': 120},"
                    + " 'kind': {'enum': ['cat', 'dog']}, 'code': {'type': 'string', 'pattern':"
                    + " '^[A-C]{2}-[0-9]$'}, 'tags': {'type': 'array', 'maxItems': 2, 'items':"
                    + " {'type': 'boolean'}}}, 'required': ['name', 'age', 'kind', 'code', 'tags'],"
                    + " 'additionalProperties': false}";
        String first = "";
        for (int seed = 0; seed < 6; seed++) {
            TestClient.Answer answer = schema(schema, seed);
            assertEquals(200, answer.status(), answer.body());
            assertEquals("stop", answer.at("/choices/0/finish_reason").asText());
            String text = answer.at("/choices/0/message/content").asText();
            JsonNode json = TestClient.JSON.readTree(text);
            assertEquals(5, json.size(), text);
            int name =
                    json.path("name")
                            .asText()
                            .codePointCount(0, json.path("name").asText().length());
            assertTrue(name >= 1 && name <= 6, text);
            assertTrue(json.path("age").isInt(), text);
            assertTrue(json.path("age").asInt() >= 0 && json.path("age").asInt() <= 120, text);
            assertTrue(List.of("cat", "dog").contains(json.path("kind").asText()), text);
            assertTrue(json.path("code").asText().matches("[A-C]{2}-[0-9]"), text);
            assertTrue(json.path("tags").size() <= 2, text);
            assertNotEquals(first, text, "seeds make a difference");
            first = text;
            assertEquals(text, schema(schema, seed).at("/choices/0/message/content").asText());
        }
    }

    @Test
    void jsonObjectIsAsLongAsItGoesTheBeginningOfOne() throws Exception {
        TestClient.Answer answer = ask("{'type': 'json_object'}", 3);
        String text = answer.at("/choices/0/message/content").asText();
        assertTrue(text.startsWith("{"), text);
        if (answer.at("/choices/0/finish_reason").asText().equals("stop")) {
            assertTrue(TestClient.JSON.readTree(text).isObject(), text);
        }
    }

    @Test
    void textFormatChangesNothing() throws Exception {
        String with = ask("{'type': 'text'}", 3).at("/choices/0/message/content").asText();
        String without =
                client.chat(
                                "{'messages': [{'role': 'user', 'content': 'hi'}], 'max_tokens':"
                                        + " 450, 'seed': 3}")
                        .at("/choices/0/message/content")
                        .asText();
        assertEquals(without, with);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'type': 'xml'}",
                "{}",
                "{'type': 'json_schema'}",
                "{'type': 'json_schema', 'json_schema': {'name': 'x'}}",
                "{'type': 'json_schema', 'json_schema': {'schema': {'$ref':"
                        + " 'http://evil.example/s'}}}",
                "{'type': 'json_schema', 'json_schema': {'schema': {'$ref': '#'}}}",
                "{'type': 'json_schema', 'json_schema': {'schema': {'type': 'string', 'pattern':"
                        + " '(((((a{1,30}){1,30}){1,30}){1,30}){1,30})'}}}",
                "{'type': 'json_schema', 'json_schema': {'schema': {'type': 'string', 'pattern':"
                        + " '(a*)*\\\\1'}}}",
                "{'type': 'json_schema', 'json_schema': {'schema': {'not': {}}}}",
                "{'type': 'json_object', 'other': 1}"
            })
    void formatsThatMakeNoSenseOrExplodeAreRefused(String format) throws Exception {
        long begin = System.nanoTime();
        TestClient.Answer answer = ask(format, 1);
        assertEquals(400, answer.status(), answer.body());
        assertTrue(answer.body().length() < 1000);
        assertTrue(System.nanoTime() - begin < 5_000_000_000L);
    }

    @Test
    void schemaThatIsTooMuchToFollowEndsItsOwnRequestAlone() throws Exception {
        var choices = new StringBuilder();
        for (int i = 0; i < 600; i++) {
            choices.append(i == 0 ? "" : ",")
                    .append("{'type': 'string', 'pattern': '^[a-z]*x%d$'}".formatted(i));
        }
        TestClient.Answer answer = schema("{'anyOf': [" + choices + "]}", 1);
        assertEquals(400, answer.status(), answer.body());
        assertEquals(200, client.complete("{'prompt': 'a'}").status());
    }
}
