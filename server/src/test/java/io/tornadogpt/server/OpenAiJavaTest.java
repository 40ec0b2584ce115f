package io.tornadogpt.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// OpenAI's own client for Java.
@Timeout(120)
class OpenAiJavaTest {
    private static Server server;
    private static OpenAIClient client;

    @BeforeAll
    static void start() throws IOException {
        server =
                Server.start(
                        ServerSettings.DEFAULT.withPort(0),
                        List.of(TestModel.slow(TestModel.settings(), Duration.ofMillis(20))));
        client =
                OpenAIOkHttpClient.builder()
                        .baseUrl("http://127.0.0.1:" + server.address().getPort() + "/v1")
                        .apiKey("any")
                        .maxRetries(0)
                        .responseValidation(true)
                        .build();
    }

    @AfterAll
    static void stop() {
        client.close();
        server.close();
    }

    @SuppressWarnings("deprecation") // OpenAI deprecated the seed, which is honoured here
    private static ChatCompletionCreateParams.Builder chat(int tokens) {
        return ChatCompletionCreateParams.builder()
                .model("tiny")
                .addSystemMessage("be brief")
                .addUserMessage("hello")
                .maxCompletionTokens(tokens)
                .temperature(0.9)
                .seed(11);
    }

    @Test
    void modelsAreListed() {
        assertEquals("tiny", client.models().list().data().getFirst().id());
    }

    /// It takes longer than a second, so that spaces come before the JSON.
    @Test
    void wholeChatIsRead() {
        ChatCompletion answer = client.chat().completions().create(chat(80).build());
        ChatCompletion.Choice choice = answer.choices().getFirst();
        assertEquals(ChatCompletion.Choice.FinishReason.LENGTH, choice.finishReason());
        assertEquals(80, answer.usage().orElseThrow().completionTokens());
        assertTrue(choice.message().content().orElseThrow().length() > 10);
    }

    @Test
    void streamedChatIsTheWholeOne() {
        ChatCompletionCreateParams request =
                chat(15).streamOptions(
                                ChatCompletionStreamOptions.builder().includeUsage(true).build())
                        .build();
        String whole =
                client.chat()
                        .completions()
                        .create(chat(15).build())
                        .choices()
                        .getFirst()
                        .message()
                        .content()
                        .orElseThrow();
        try (StreamResponse<ChatCompletionChunk> stream =
                client.chat().completions().createStreaming(request)) {
            List<ChatCompletionChunk> chunks = stream.stream().toList();
            assertEquals(
                    whole,
                    chunks.stream()
                            .flatMap(chunk -> chunk.choices().stream())
                            .map(choice -> choice.delta().content())
                            .flatMap(Optional::stream)
                            .collect(Collectors.joining()));
            assertEquals(15, chunks.getLast().usage().orElseThrow().completionTokens());
        }
    }

    @Test
    void completionHasLogProbabilities() {
        Completion answer =
                client.completions()
                        .create(
                                CompletionCreateParams.builder()
                                        .model("tiny")
                                        .prompt("the quick")
                                        .maxTokens(4)
                                        .logprobs(2)
                                        .seed(1)
                                        .build());
        var choice = answer.choices().getFirst();
        assertEquals(4, choice.logprobs().orElseThrow().tokens().orElseThrow().size());
        assertEquals(4, choice.logprobs().orElseThrow().textOffset().orElseThrow().size());
    }

    @Test
    void errorsAreOpenAis() {
        assertThrows(
                NotFoundException.class,
                () -> client.chat().completions().create(chat(1).model("other").build()));
        BadRequestException bad =
                assertThrows(
                        BadRequestException.class,
                        () -> client.chat().completions().create(chat(1).temperature(9).build()));
        assertEquals("temperature", bad.param().orElseThrow());
    }
}
