package io.tornadogpt.chat;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

import java.time.Clock;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// What a template is given beside the conversation.
///
/// @param addGenerationPrompt whether the text ends with what precedes an answer
/// @param specialTokens the tokenizer's tokens by the names that templates know them by:
///   `bos_token`, `eos_token`, ...
/// @param variables anything else that a template asks for, such as `enable_thinking` or
///   `documents`; where a name is in both, this one counts
/// @param clock what `strftime_now` reads
public record RenderOptions(
        boolean addGenerationPrompt,
        Map<String, String> specialTokens,
        Map<String, JsonNode> variables,
        Clock clock) {

    private static final Set<String> OWN = Set.of("messages", "tools", "add_generation_prompt");

    public RenderOptions {
        for (String name : variables.keySet()) {
            if (OWN.contains(name)) {
                throw new IllegalArgumentException(
                        "the variable '" + name + "' is set by the conversation and its options");
            }
        }
        specialTokens = Map.copyOf(specialTokens);
        variables = Map.copyOf(variables);
    }

    /// For training: no generation prompt.
    public static RenderOptions of(@Nullable String bosToken, @Nullable String eosToken) {
        Map<String, String> tokens = new LinkedHashMap<>();
        if (bosToken != null) {
            tokens.put("bos_token", bosToken);
        }
        if (eosToken != null) {
            tokens.put("eos_token", eosToken);
        }
        return of(tokens);
    }

    /// For training: no generation prompt.
    public static RenderOptions of(Map<String, String> specialTokens) {
        return new RenderOptions(
                false, specialTokens, Map.of(), Clock.system(ZoneId.systemDefault()));
    }

    /// The same for an answer to be generated.
    public RenderOptions withGenerationPrompt(boolean add) {
        return new RenderOptions(add, specialTokens, variables, clock);
    }

    /// The same with one more variable.
    public RenderOptions withVariable(String name, JsonNode value) {
        Map<String, JsonNode> more = new LinkedHashMap<>(variables);
        more.put(name, value);
        return new RenderOptions(addGenerationPrompt, specialTokens, more, clock);
    }

    /// The same at another time.
    public RenderOptions withClock(Clock other) {
        return new RenderOptions(addGenerationPrompt, specialTokens, variables, other);
    }
}
