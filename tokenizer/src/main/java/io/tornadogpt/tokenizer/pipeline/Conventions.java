package io.tornadogpt.tokenizer.pipeline;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What the files beside a tokenizer's say of its use.
///
/// @param roles names of tokens by role, as `tokenizer_config.json` has them: `bos_token`,
///   `eos_token`, `pad_token`, `unk_token`, `cls_token`, `sep_token`, `mask_token`
/// @param endTokens ids of tokens that end what a model writes, from `generation_config.json` and
///   `config.json`
/// @param config the whole of `tokenizer_config.json`, null where there is none
public record Conventions(
        Map<String, String> roles, List<Integer> endTokens, @Nullable ObjectNode config) {

    public static final Conventions NONE = new Conventions(Map.of(), List.of(), null);

    public static final List<String> ROLES =
            List.of(
                    "bos_token",
                    "eos_token",
                    "unk_token",
                    "sep_token",
                    "pad_token",
                    "cls_token",
                    "mask_token");

    public Conventions {
        roles = Map.copyOf(new TreeMap<>(roles));
        endTokens = List.copyOf(endTokens);
    }

    public @Nullable String role(String name) {
        return roles.get(name);
    }
}
