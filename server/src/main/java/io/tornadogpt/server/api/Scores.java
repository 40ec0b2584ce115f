package io.tornadogpt.server.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.sampler.engine.TokenScore;
import io.tornadogpt.tokenizer.Tokenizer;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Log-probabilities as OpenAI tells them.
final class Scores {
    /// JSON has no infinity; OpenAI writes this for what cannot be.
    private static final double IMPOSSIBLE = -9999;

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    private Scores() {}

    /// Those of a chat.
    static ObjectNode ofChat(Tokenizer tokenizer, List<TokenScore> scores) {
        ObjectNode json = JSON.objectNode();
        ArrayNode content = json.putArray("content");
        for (TokenScore score : scores) {
            ObjectNode token = content.addObject();
            putToken(token, tokenizer, score.token(), score.logProbability());
            ArrayNode top = token.putArray("top_logprobs");
            for (TokenScore.Alternative other : known(tokenizer, score)) {
                putToken(top.addObject(), tokenizer, other.token(), other.logProbability());
            }
        }
        json.putNull("refusal");
        return json;
    }

    private static void putToken(ObjectNode json, Tokenizer tokenizer, int token, double log) {
        json.put("token", text(tokenizer, token));
        json.put("logprob", finite(log));
        ArrayNode bytes = json.putArray("bytes");
        for (byte b : tokenizer.tokenBytes(token)) {
            bytes.add(b & 0xFF);
        }
    }

    /// Those alternatives that are tokens: a model may have more logits than there are.
    private static List<TokenScore.Alternative> known(Tokenizer tokenizer, TokenScore score) {
        return score.top().stream()
                .filter(other -> other.token() < tokenizer.vocabularySize())
                .toList();
    }

    private static double finite(double log) {
        return log > IMPOSSIBLE ? log : IMPOSSIBLE;
    }

    /// A token as text; one that is a part of a character as its bytes.
    private static String text(Tokenizer tokenizer, int token) {
        if (tokenizer.specialTokens().containsValue(token)) {
            return tokenizer.decode(token);
        }
        byte[] bytes = tokenizer.tokenBytes(token);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            var hex = new StringBuilder("bytes:");
            for (byte b : bytes) {
                hex.append(String.format(Locale.ROOT, "\\x%02x", b));
            }
            return hex.toString();
        }
    }

    /// Those of a completion, which begin with the prompt's where that is echoed.
    static final class OfCompletion {
        private final Tokenizer tokenizer;
        private final boolean withTop;
        private final List<String> tokens = new ArrayList<>();
        private final ArrayNode logs = JSON.arrayNode();
        private final ArrayNode tops = JSON.arrayNode();
        private final ArrayNode offsets = JSON.arrayNode();
        private int offset;

        /// @param withTop whether the most likely tokens are told too
        /// @param offset where the first token's text begins
        OfCompletion(Tokenizer tokenizer, boolean withTop, int offset) {
            this.tokenizer = tokenizer;
            this.withTop = withTop;
            this.offset = offset;
        }

        /// Adds a token that nothing comes before.
        void addFirst(int token) {
            add(token);
            logs.addNull();
            tops.addNull();
        }

        void add(List<TokenScore> scores) {
            for (TokenScore score : scores) {
                add(score.token());
                logs.add(finite(score.logProbability()));
                tops.add(top(score));
            }
        }

        private void add(int token) {
            String text = text(tokenizer, token);
            tokens.add(text);
            offsets.add(offset);
            offset += tokenizer.decode(token).length();
        }

        /// By text, the likeliest where several tokens have the same; the token itself is there
        /// too.
        private ObjectNode top(TokenScore score) {
            Map<String, Double> top = new HashMap<>();
            ObjectNode json = JSON.objectNode();
            for (TokenScore.Alternative other : known(tokenizer, score)) {
                top.merge(text(tokenizer, other.token()), other.logProbability(), Math::max);
            }
            top.merge(text(tokenizer, score.token()), score.logProbability(), Math::max);
            top.entrySet().stream()
                    .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                    .forEach(entry -> json.put(entry.getKey(), finite(entry.getValue())));
            return json;
        }

        /// What was added since this was called last.
        ObjectNode take() {
            ObjectNode json = JSON.objectNode();
            ArrayNode texts = json.putArray("tokens");
            tokens.forEach(texts::add);
            json.set("token_logprobs", logs.deepCopy());
            if (withTop) {
                json.set("top_logprobs", tops.deepCopy());
            } else {
                json.putNull("top_logprobs");
            }
            json.set("text_offset", offsets.deepCopy());
            tokens.clear();
            logs.removeAll();
            tops.removeAll();
            offsets.removeAll();
            return json;
        }
    }
}
