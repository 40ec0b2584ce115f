package io.tornadogpt.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

/// OpenAI's protocol, field by field.
@Timeout(120)
class ProtocolTest {
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

    @Test
    void modelsAreListedAndDescribed() throws Exception {
        JsonNode list = client.get("/v1/models").json();
        assertEquals("list", list.path("object").asText());
        assertEquals("tiny", list.at("/data/0/id").asText());
        assertEquals("model", list.at("/data/0/object").asText());
        assertEquals(list.at("/data/0"), client.get("/v1/models/tiny").json());
        TestClient.Answer none = client.get("/v1/models/huge");
        assertEquals(404, none.status());
        assertEquals("model_not_found", none.at("/error/code").asText());
    }

    @Test
    void healthAndMetricsTellWhatTheServerDoes() throws Exception {
        assertEquals("ok", client.get("/health").at("/status").asText());
        client.complete("{'model': 'tiny', 'prompt': 'the', 'max_tokens': 3, 'seed': 1}");
        String metrics = client.get("/metrics").body();
        for (String line :
                List.of(
                        "tornadogpt_answers_total{path=\"/v1/completions\",status=\"200\"} ",
                        "# TYPE tornadogpt_time_to_first_token_seconds histogram",
                        "tornadogpt_time_to_first_token_seconds_bucket{le=\"+Inf\"} ",
                        "tornadogpt_generated_tokens_total{model=\"tiny\"} ")) {
            assertTrue(metrics.contains(line), line + " in " + metrics);
        }
    }

    @Test
    void completionHasTheFieldsThatClientsLookAt() throws Exception {
        TestClient.Answer answer =
                client.complete(
                        "{'model': 'tiny', 'prompt': 'the quick', 'max_tokens': 5, 'seed': 1}");
        assertEquals(200, answer.status());
        JsonNode json = answer.json();
        assertTrue(json.path("id").asText().startsWith("cmpl-"));
        assertEquals("text_completion", json.path("object").asText());
        assertEquals("tiny", json.path("model").asText());
        assertTrue(json.path("created").asLong() > 1_700_000_000);
        assertEquals("length", json.at("/choices/0/finish_reason").asText());
        assertTrue(json.at("/choices/0/logprobs").isNull());
        assertFalse(json.at("/choices/0/text").asText().startsWith("the quick"));
        int prompt = TestModel.TOKENIZER.encode("the quick").length;
        assertEquals(prompt, json.at("/usage/prompt_tokens").asInt());
        assertEquals(5, json.at("/usage/completion_tokens").asInt());
        assertEquals(prompt + 5, json.at("/usage/total_tokens").asInt());
    }

    @Test
    void streamedPiecesJoinedAreTheWholeAnswer() throws Exception {
        String request =
                "{'model': 'tiny', 'prompt': ['the', 'on and'], 'n': 2, 'max_tokens': 30, 'seed':"
                        + " 7, 'logprobs': 2";
        JsonNode whole = client.complete(request + "}").json();
        List<JsonNode> events =
                client.complete(
                                request
                                        + ", 'stream': true, 'stream_options':"
                                        + " {'include_usage': true}}")
                        .events();
        for (int i = 0; i < 4; i++) {
            var text = new StringBuilder();
            List<String> tokens = new ArrayList<>();
            List<String> ends = new ArrayList<>();
            for (JsonNode event : events) {
                JsonNode choice = event.at("/choices/0");
                if (choice.path("index").asInt(-1) == i) {
                    text.append(choice.path("text").asText());
                    choice.at("/logprobs/tokens").forEach(token -> tokens.add(token.asText()));
                    if (!choice.path("finish_reason").isNull()) {
                        ends.add(choice.path("finish_reason").asText());
                    }
                }
            }
            JsonNode expected = whole.at("/choices/" + i);
            assertEquals(i, expected.path("index").asInt());
            assertEquals(expected.path("text").asText(), text.toString());
            assertEquals(
                    StreamSupport.stream(expected.at("/logprobs/tokens").spliterator(), false)
                            .map(JsonNode::asText)
                            .toList(),
                    tokens);
            assertEquals(List.of(expected.path("finish_reason").asText()), ends);
        }
        JsonNode usage = events.getLast();
        assertTrue(usage.path("choices").isEmpty());
        assertEquals(
                whole.at("/usage/completion_tokens").asInt(),
                usage.at("/usage/completion_tokens").asInt());
        for (JsonNode event : events) {
            for (String field : List.of("id", "object", "created", "model")) {
                assertTrue(event.hasNonNull(field), field + " of " + event);
            }
            assertEquals(events.getFirst().path("id"), event.path("id"));
        }
    }

    @Test
    void echoGivesThePromptWithItsLogProbabilities() throws Exception {
        String prompt = "the lazy dog";
        int[] tokens = TestModel.TOKENIZER.encode(prompt);
        JsonNode scored =
                client.complete(
                                "{'model': 'tiny', 'prompt': 'the lazy dog', 'max_tokens': 0,"
                                        + " 'echo': true, 'logprobs': 1}")
                        .at("/choices/0");
        assertEquals(prompt, scored.path("text").asText());
        assertEquals("length", scored.path("finish_reason").asText());
        JsonNode logs = scored.at("/logprobs/token_logprobs");
        assertEquals(tokens.length, logs.size());
        assertTrue(logs.get(0).isNull());
        assertTrue(scored.at("/logprobs/top_logprobs/0").isNull());
        int offset = 0;
        for (int i = 0; i < tokens.length; i++) {
            String token = scored.at("/logprobs/tokens/" + i).asText();
            assertEquals(TestModel.TOKENIZER.decode(tokens[i]), token);
            assertEquals(offset, scored.at("/logprobs/text_offset/" + i).asInt());
            offset += token.length();
            if (i > 0) {
                assertTrue(logs.get(i).asDouble() < 0);
                JsonNode top = scored.at("/logprobs/top_logprobs/" + i);
                assertEquals(logs.get(i).asDouble(), top.path(token).asDouble());
            }
        }
        JsonNode both =
                client.complete(
                                "{'model': 'tiny', 'prompt': 'the lazy dog', 'max_tokens': 1,"
                                        + " 'echo': true, 'logprobs': 1, 'temperature': 0}")
                        .at("/choices/0");
        assertEquals(tokens.length + 1, both.at("/logprobs/tokens").size());
        assertTrue(both.path("text").asText().startsWith(prompt));
        JsonNode plain =
                client.complete(
                                "{'model': 'tiny', 'prompt': 'the lazy dog', 'max_tokens': 1,"
                                        + " 'echo': true, 'temperature': 0}")
                        .at("/choices/0");
        assertEquals(both.path("text"), plain.path("text"));
    }

    @Test
    void promptsMayBeTokens() throws Exception {
        int[] tokens = TestModel.TOKENIZER.encode("brown fox");
        String ids = java.util.Arrays.toString(tokens);
        String rest = ", 'max_tokens': 8, 'temperature': 0}";
        JsonNode text = client.complete("{'prompt': 'brown fox'" + rest).at("/choices/0/text");
        assertEquals(text, client.complete("{'prompt': " + ids + rest).at("/choices/0/text"));
        TestClient.Answer two = client.complete("{'prompt': [" + ids + "," + ids + "]" + rest);
        assertEquals(text, two.at("/choices/0/text"));
        assertEquals(text, two.at("/choices/1/text"));
    }

    @Test
    void equalSeedsGiveEqualTextsAndOthersOthers() throws Exception {
        String request = "{'prompt': 'the', 'max_tokens': 12, 'n': 2, 'seed': ";
        TestClient.Answer first = client.complete(request + "5}");
        assertEquals(first.at("/choices"), client.complete(request + "5}").at("/choices"));
        assertNotEquals(first.at("/choices"), client.complete(request + "6}").at("/choices"));
        assertNotEquals(first.at("/choices/0/text"), first.at("/choices/1/text"));
        TestClient.Answer unseeded = client.complete("{'prompt': 'the', 'max_tokens': 12}");
        assertNotEquals(
                unseeded.at("/choices/0/text"),
                client.complete("{'prompt': 'the', 'max_tokens': 12}").at("/choices/0/text"));
    }

    @Test
    void textEndsBeforeAStopString() throws Exception {
        String request = "{'prompt': 'the', 'max_tokens': 40, 'temperature': 0, 'echo': false";
        String text = client.complete(request + "}").at("/choices/0/text").asText();
        String stop = text.substring(10, 13);
        TestClient.Answer stopped =
                client.post(
                        "/v1/completions",
                        TestClient.JSON
                                .createObjectNode()
                                .put("prompt", "the")
                                .put("max_tokens", 40)
                                .put("temperature", 0)
                                .put("stop", stop)
                                .toString());
        assertEquals(text.substring(0, text.indexOf(stop)), stopped.at("/choices/0/text").asText());
        assertEquals("stop", stopped.at("/choices/0/finish_reason").asText());
    }

    @Test
    void biasAndPenaltiesChangeWhatIsChosen() throws Exception {
        int x = TestModel.TOKENIZER.encode("x")[0];
        String request = "{'prompt': 'the', 'max_tokens': 60, 'temperature': 0";
        assertEquals(
                "x".repeat(60),
                client.complete(request + ", 'logit_bias': {'" + x + "': 60}}")
                        .at("/choices/0/text")
                        .asText());
        JsonNode penalized =
                client.complete(
                                request
                                        + ", 'logit_bias': {'"
                                        + x
                                        + "': 60}, 'presence_penalty': 2, 'frequency_penalty':"
                                        + " 2}")
                        .at("/choices/0/text");
        assertNotEquals("x".repeat(60), penalized.asText());
    }

    @Test
    void chatAnswersInTheFormOfAMessage() throws Exception {
        String request =
                "{'model': 'tiny', 'messages': [{'role': 'developer', 'content': 'be brief'},"
                        + " {'role': 'user', 'content': [{'type': 'text', 'text': 'hel'}, {'type':"
                        + " 'text', 'text': 'lo'}]}], 'max_completion_tokens': 9, 'seed': 3,"
                        + " 'logprobs': true, 'top_logprobs': 2";
        TestClient.Answer whole = client.chat(request + "}");
        assertEquals(200, whole.status(), whole.body());
        assertEquals("chat.completion", whole.at("/object").asText());
        assertEquals("assistant", whole.at("/choices/0/message/role").asText());
        assertEquals("length", whole.at("/choices/0/finish_reason").asText());
        assertEquals(2, whole.at("/choices/0/logprobs/content/0/top_logprobs").size());
        assertTrue(whole.at("/choices/0/logprobs/content/0/bytes").isArray());
        int[] prompt =
                TestModel.TOKENIZER.encodeWithSpecialTokens(
                        "[system] be brief<|endoftext|>\n[user] hello<|endoftext|>\n[assistant] ");
        assertEquals(prompt.length, whole.at("/usage/prompt_tokens").asInt());

        List<JsonNode> events = client.chat(request + ", 'stream': true}").events();
        assertEquals("assistant", events.getFirst().at("/choices/0/delta/role").asText());
        var text = new StringBuilder();
        events.forEach(e -> text.append(e.at("/choices/0/delta/content").asText("")));
        assertEquals(whole.at("/choices/0/message/content").asText(), text.toString());
        assertEquals("length", events.getLast().at("/choices/0/finish_reason").asText());
        assertTrue(events.getLast().at("/choices/0/delta").isEmpty());
    }

    @Test
    void namesOfSpecialTokensInAMessageAreTheTextThatTheyAre() throws Exception {
        TestClient.Answer answer =
                client.chat(
                        "{'messages': [{'role': 'user', 'content': 'a<|endoftext|>b'}],"
                                + " 'max_tokens': 1}");
        int expected =
                TestModel.TOKENIZER.encode("[user] a<|endoftext|>b").length
                        + 1
                        + TestModel.TOKENIZER.encode("\n[assistant] ").length;
        assertEquals(expected, answer.at("/usage/prompt_tokens").asInt());
    }

    @Test
    void templateIsGivenItsVariables() throws Exception {
        String request = "{'messages': [{'role': 'user', 'content': 'hi'}], 'max_tokens': 1";
        int without = client.chat(request + "}").at("/usage/prompt_tokens").asInt();
        TestClient.Answer with =
                client.chat(request + ", 'chat_template_kwargs': {'mood': 'a very good mood'}}");
        assertTrue(with.at("/usage/prompt_tokens").asInt() > without);
    }

    @Test
    void textThatReachesTheContextEndsWithLength() throws Exception {
        TestClient.Answer answer =
                client.complete(
                        "{'prompt': "
                                + java.util.Collections.nCopies(505, 5)
                                + ", 'max_tokens': 100, 'temperature': 0, 'logit_bias': {'6':"
                                + " 100}}");
        assertEquals("length", answer.at("/choices/0/finish_reason").asText());
        assertEquals(TestModel.CONTEXT - 505 + 1, answer.at("/usage/completion_tokens").asInt());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{'prompt': 'a', 'temperature': 2.5} | temperature",
                "{'prompt': 'a', 'temperature': -1} | temperature",
                "{'prompt': 'a', 'temperature': 1e999} | temperature",
                "{'prompt': 'a', 'temperature': '1'} | temperature",
                "{'prompt': 'a', 'top_p': 1.01} | top_p",
                "{'prompt': 'a', 'top_k': -1} | top_k",
                "{'prompt': 'a', 'min_p': 2} | min_p",
                "{'prompt': 'a', 'repetition_penalty': 0} | repetition_penalty",
                "{'prompt': 'a', 'presence_penalty': 3} | presence_penalty",
                "{'prompt': 'a', 'frequency_penalty': -3} | frequency_penalty",
                "{'prompt': 'a', 'n': 0} | n",
                "{'prompt': 'a', 'n': 1000} | n",
                "{'prompt': 'a', 'n': 1.5} | n",
                "{'prompt': 'a', 'max_tokens': -1} | max_tokens",
                "{'prompt': 'a', 'max_tokens': 1000000000000000000000} | max_tokens",
                "{'prompt': 'a', 'logprobs': 21} | logprobs",
                "{'prompt': 'a', 'logprobs': true} | logprobs",
                "{'prompt': 'a', 'seed': 'x'} | seed",
                "{'prompt': 'a', 'stop': ''} | stop",
                "{'prompt': 'a', 'stop': [1]} | stop",
                "{'prompt': 'a', 'logit_bias': {'999': 1}} | logit_bias",
                "{'prompt': 'a', 'logit_bias': {'1': 101}} | logit_bias",
                "{'prompt': 'a', 'logit_bias': []} | logit_bias",
                "{'prompt': 'a', 'stream': 1} | stream",
                "{'prompt': 'a', 'stream_options': {'include_usage': true}} | stream_options",
                "{'prompt': 'a', 'best_of': 2} | best_of",
                "{'prompt': 'a', 'suffix': 'b'} | suffix",
                "{'prompt': 'a', 'temprature': 1} | 'temprature'",
                "{'prompt': []} | prompt",
                "{'prompt': [[]]} | prompt",
                "{'prompt': [320]} | prompt",
                "{'prompt': [-1]} | prompt",
                "{'prompt': [1, 'a']} | prompt",
                "{'prompt': {'a': 1}} | prompt",
                "{'prompt': 'a', 'model': 7} | model",
            })
    void whatMakesNoSenseIsRefusedByName(String request, String parameter) throws Exception {
        TestClient.Answer answer = client.complete(request);
        assertEquals(400, answer.status(), answer.body());
        assertEquals("invalid_request_error", answer.at("/error/type").asText());
        assertEquals(parameter, answer.at("/error/param").asText(), answer.body());
        assertTrue(answer.body().length() < 1000);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{} | messages",
                "{'messages': []} | messages",
                "{'messages': 'hi'} | messages",
                "{'messages': [{'role': 'user'}]} | messages[0]",
                "{'messages': [{'role': 'king', 'content': 'hi'}]} | messages[0]",
                "{'messages': [{'content': 'hi'}]} | messages[0]",
                "{'messages': [{'role': 'user', 'content': 3}]} | messages[0]",
                "{'messages': [{'role': 'tool', 'content': 'x'}]} | messages",
                "{'messages': [{'role': 'user', 'content': [{'type': 'image_url'}]}]} |"
                        + " messages[0]",
                "{'messages': [{'role': 'user', 'content': 'a'}], 'top_logprobs': 2} |"
                        + " top_logprobs",
                "{'messages': [{'role': 'user', 'content': 'a'}], 'max_tokens': 0} | max_tokens",
                "{'messages': [{'role': 'user', 'content': 'a'}], 'tools': [{}]} | tools",
                "{'messages': [{'role': 'user', 'content': 'a'}], 'echo': true} | 'echo'",
            })
    void chatsThatMakeNoSenseAreRefusedByName(String request, String parameter) throws Exception {
        TestClient.Answer answer = client.chat(request);
        assertEquals(400, answer.status(), answer.body());
        assertEquals(parameter, answer.at("/error/param").asText(), answer.body());
    }

    @Test
    void whatIsNotThereOrNotTakenSoHasItsStatus() throws Exception {
        assertEquals(404, client.get("/v1/nothing").status());
        assertEquals(404, client.get("/v1/completions/").status());
        TestClient.Answer method = client.get("/v1/completions");
        assertEquals(405, method.status());
        assertEquals("POST", method.response().headers().firstValue("Allow").orElseThrow());
        assertEquals(405, client.post("/v1/models", "{}").status());
        TestClient.Answer model = client.complete("{'model': 'gpt-9', 'prompt': 'a'}");
        assertEquals(404, model.status());
        assertEquals("model_not_found", model.at("/error/code").asText());
    }
}
