package io.tornadogpt.trainer.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.tokenizer.TokenRole;
import io.tornadogpt.tokenizer.Tokenizer;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/// Tells a model's configuration which special tokens its tokenizer has, so that generation with
/// the files of this model stops where a text ends, here and in other programs.
public final class SpecialTokens {
    private static final String EOS = "eos_token_id";

    private SpecialTokens() {}

    /// The configuration with the tokens that it does not name yet: `eos_token_id`, a number or a
    /// list, and those of the beginning and of padding. What it says already stays.
    public static ModelConfig added(ModelConfig config, @Nullable Tokenizer tokenizer) {
        if (tokenizer == null) {
            return config;
        }
        Map<String, JsonNode> tokens = new TreeMap<>(config.specialTokens());
        List<Integer> ends =
                tokenizer.endTokens().stream().filter(id -> id < config.vocabulary()).toList();
        if (!ends.isEmpty()) {
            tokens.putIfAbsent(EOS, ids(ends));
        }
        add(tokens, "bos_token_id", tokenizer.tokenFor(TokenRole.BOS), config);
        add(tokens, "pad_token_id", tokenizer.tokenFor(TokenRole.PAD), config);
        return tokens.equals(config.specialTokens()) ? config : config.withSpecialTokens(tokens);
    }

    private static void add(
            Map<String, JsonNode> tokens, String key, OptionalInt id, ModelConfig config) {
        if (id.isPresent() && id.getAsInt() < config.vocabulary()) {
            tokens.putIfAbsent(key, JsonNodeFactory.instance.numberNode(id.getAsInt()));
        }
    }

    private static JsonNode ids(List<Integer> ids) {
        if (ids.size() == 1) {
            return JsonNodeFactory.instance.numberNode(ids.getFirst());
        }
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        ids.forEach(list::add);
        return list;
    }
}
