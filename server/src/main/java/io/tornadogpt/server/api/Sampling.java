package io.tornadogpt.server.api;

import com.fasterxml.jackson.databind.JsonNode;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.sampler.GenerationOptions;
import io.tornadogpt.sampler.SamplingOptions;
import io.tornadogpt.sampler.engine.Request;
import io.tornadogpt.server.http.ApiException;
import io.tornadogpt.server.http.Fields;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/// How tokens are chosen, as a request says: OpenAI's settings with OpenAI's bounds, and `top_k`,
/// `min_p` and `repetition_penalty`, which other servers have too.
///
/// @param options for each token
/// @param seed of the draws; a new one each time unless it is given
/// @param stop texts before which the answer ends
/// @param bias what is added to logits, by token
record Sampling(SamplingOptions options, long seed, List<String> stop, Map<Integer, Double> bias) {
    private static final double HOTTEST = 2;
    private static final double LARGEST_PENALTY = 2;
    private static final double LARGEST_REPETITION = 10;
    private static final double LARGEST_BIAS = 100;
    private static final int MOST_BIASES = 1024;
    private static final int MOST_STOPS = 16;
    private static final int LONGEST_STOP = 256;

    static Sampling read(Fields fields, int vocabulary) {
        var options =
                new SamplingOptions(
                        fields.number("temperature", 1, 0, HOTTEST),
                        fields.integer("top_k", 0, 0, Integer.MAX_VALUE),
                        fields.number("top_p", 1, 0, 1),
                        fields.number("min_p", 0, 0, 1),
                        repetition(fields),
                        fields.number("frequency_penalty", 0, -LARGEST_PENALTY, LARGEST_PENALTY),
                        fields.number("presence_penalty", 0, -LARGEST_PENALTY, LARGEST_PENALTY));
        long seed =
                fields.integer("seed", Long.MIN_VALUE, Long.MAX_VALUE)
                        .orElseGet(() -> ThreadLocalRandom.current().nextLong());
        List<String> stop = fields.texts("stop", MOST_STOPS, LONGEST_STOP);
        return new Sampling(options, seed, stop, bias(fields, vocabulary));
    }

    private static double repetition(Fields fields) {
        double penalty = fields.number("repetition_penalty", 1, 0, LARGEST_REPETITION);
        if (penalty == 0) {
            throw ApiException.badRequest(
                    "repetition_penalty", "repetition_penalty is 0; expected a positive number");
        }
        return penalty;
    }

    private static Map<Integer, Double> bias(Fields fields, int vocabulary) {
        JsonNode value = fields.value("logit_bias");
        if (value == null) {
            return Map.of();
        }
        if (!value.isObject() || value.size() > MOST_BIASES) {
            throw fields.wrong(
                    "logit_bias",
                    value,
                    "an object of at most " + MOST_BIASES + " numbers by token");
        }
        Map<Integer, Double> biases = new HashMap<>();
        for (Map.Entry<String, JsonNode> entry : value.properties()) {
            biases.put(token(entry.getKey(), vocabulary), number(entry.getValue()));
        }
        return biases;
    }

    private static int token(String key, int vocabulary) {
        if (key.matches("[0-9]{1,9}") && Integer.parseInt(key) < vocabulary) {
            return Integer.parseInt(key);
        }
        throw ApiException.badRequest(
                "logit_bias",
                "logit_bias names the token %s; expected ids from 0 to %d"
                        .formatted(BadFileException.quote(key), vocabulary - 1));
    }

    private static double number(JsonNode bias) {
        double value = bias.doubleValue();
        if (!bias.isNumber() || !(Math.abs(value) <= LARGEST_BIAS)) {
            throw ApiException.badRequest(
                    "logit_bias",
                    "logit_bias has a value that is no number from -100 to 100; change it");
        }
        return value;
    }

    /// A request to continue a prompt.
    ///
    /// @param choice the number of the text among those for the same prompt
    Request request(int[] prompt, int choice, int maxNewTokens) {
        var generation =
                new GenerationOptions(options, maxNewTokens, seed).withFirstSequence(choice);
        return Request.of(prompt, generation).withStopStrings(stop).withBias(bias);
    }

    /// The same with more texts to end at.
    Sampling stoppingAt(List<String> more) {
        List<String> all = new ArrayList<>(stop);
        all.addAll(more);
        return new Sampling(options, seed, all, bias);
    }
}
