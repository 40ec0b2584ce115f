package io.tornadogpt.server.api;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.sampler.FinishReason;
import io.tornadogpt.sampler.engine.GenerationEvent.Finished;
import io.tornadogpt.server.http.ApiException;

import java.security.SecureRandom;
import java.util.List;

/// What all answers have in common.
final class Answers {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String DIGITS =
            "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private static final int ID_LENGTH = 24;

    private Answers() {}

    /// A name that no other answer has.
    static String id(String prefix) {
        var id = new StringBuilder(prefix);
        for (int i = 0; i < ID_LENGTH; i++) {
            id.append(DIGITS.charAt(RANDOM.nextInt(DIGITS.length())));
        }
        return id.toString();
    }

    /// The fields that an answer, and each of its chunks, begins with.
    static ObjectNode begin(String id, String object, long created, String model) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", id)
                .put("object", object)
                .put("created", created)
                .put("model", model);
    }

    /// Why a text ended: `stop` where the model or a stop string ended it, `length` where there was
    /// no more room or time.
    ///
    /// @throws ApiException if it was cut off because the server stops
    static String finishReason(FinishReason reason) {
        return switch (reason) {
            case END_TOKEN, STOPPED -> "stop";
            case MAX_NEW_TOKENS, CONTEXT_FULL, DEADLINE -> "length";
            case CANCELLED ->
                    throw ApiException.of(503, "stopping", "the server stops; ask another one");
        };
    }

    /// How many tokens were read and written.
    ///
    /// @param promptTokens of each prompt once, however many texts it has
    static ObjectNode usage(int promptTokens, List<Finished> texts) {
        int kept = texts.stream().mapToInt(Finished::keptTokens).max().orElse(0);
        int generated = texts.stream().mapToInt(text -> text.tokens().size()).sum();
        ObjectNode json =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("prompt_tokens", promptTokens)
                        .put("completion_tokens", generated)
                        .put("total_tokens", promptTokens + generated);
        json.putObject("prompt_tokens_details").put("cached_tokens", kept);
        return json;
    }
}
