package io.tornadogpt.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.output.FinishReason;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// LangChain4j's client.
@Timeout(120)
class LangChain4jTest {
    private static Server server;

    @BeforeAll
    static void start() throws IOException {
        server =
                Server.start(
                        ServerSettings.DEFAULT.withPort(0),
                        List.of(TestModel.slow(TestModel.settings(), Duration.ofMillis(20))));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String url() {
        return "http://127.0.0.1:" + server.address().getPort() + "/v1";
    }

    @Test
    void wholeAndStreamedAnswersAreEqual() throws Exception {
        var model =
                OpenAiChatModel.builder()
                        .baseUrl(url())
                        .apiKey("any")
                        .modelName("tiny")
                        .seed(4)
                        .maxTokens(70) // longer than a second: spaces come first
                        .maxRetries(0)
                        .build();
        ChatResponse whole = model.chat(UserMessage.from("hello"));
        assertEquals(FinishReason.LENGTH, whole.finishReason());
        assertEquals(70, whole.tokenUsage().outputTokenCount());
        assertTrue(whole.aiMessage().text().length() > 10);

        var streaming =
                OpenAiStreamingChatModel.builder()
                        .baseUrl(url())
                        .apiKey("any")
                        .modelName("tiny")
                        .seed(4)
                        .maxTokens(70)
                        .build();
        var pieces = new StringBuilder();
        var end = new CompletableFuture<ChatResponse>();
        streaming.chat(
                List.of(UserMessage.from("hello")),
                new StreamingChatResponseHandler() {
                    @Override
                    public void onPartialResponse(String piece) {
                        pieces.append(piece);
                    }

                    @Override
                    public void onCompleteResponse(ChatResponse response) {
                        end.complete(response);
                    }

                    @Override
                    public void onError(Throwable error) {
                        end.completeExceptionally(error);
                    }
                });
        ChatResponse streamed = end.get(60, TimeUnit.SECONDS);
        assertEquals(whole.aiMessage().text(), pieces.toString());
        assertEquals(whole.aiMessage().text(), streamed.aiMessage().text());
        assertEquals(
                whole.tokenUsage().outputTokenCount(), streamed.tokenUsage().outputTokenCount());
    }
}
