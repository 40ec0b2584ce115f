package io.tornadogpt.tokenizer.files;

import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.tokenizer.AddedToken;
import io.tornadogpt.tokenizer.TokenizerFormatException;
import io.tornadogpt.tokenizer.json.JsonSection;
import io.tornadogpt.tokenizer.pipeline.Conventions;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What lies beside a tokenizer's files and says how it is used: `tokenizer_config.json`,
/// `special_tokens_map.json`, `added_tokens.json`, `generation_config.json` and `config.json`, as
/// versions 4 and 5 of transformers write them. Any of them may be absent.
record TokenizerConfig(
        JsonSection config,
        Map<String, String> roles,
        Map<String, Integer> addedTokens,
        Set<String> specialNames,
        List<Integer> endTokens) {

    static final String FILE = "tokenizer_config.json";

    private static final int LARGEST_FILE = 16 << 20;

    /// Nothing is said.
    static final TokenizerConfig NONE =
            new TokenizerConfig(
                    new JsonSection(Path.of(FILE), "", MissingNode.getInstance()),
                    Map.of(),
                    Map.of(),
                    Set.of(),
                    List.of());

    boolean isEmpty() {
        return config.node().isMissingNode() && roles.isEmpty() && addedTokens.isEmpty();
    }

    static TokenizerConfig read(Path directory) throws IOException {
        JsonSection config = open(directory.resolve(FILE));
        JsonSection map = open(directory.resolve("special_tokens_map.json"));
        Map<String, String> roles = new LinkedHashMap<>();
        Set<String> names = new HashSet<>();
        for (String role : Conventions.ROLES) {
            String name = name(config.child(role));
            if (name == null) {
                name = name(map.child(role));
            }
            if (name != null) {
                roles.put(role, name);
                names.add(name);
            }
        }
        for (JsonSection section : List.of(config, map)) {
            for (JsonSection extra : section.child("additional_special_tokens").elements()) {
                String name = name(extra);
                if (name != null) {
                    names.add(name);
                }
            }
        }
        Map<String, Integer> added = new LinkedHashMap<>();
        for (Map.Entry<String, JsonSection> each :
                open(directory.resolve("added_tokens.json")).members().entrySet()) {
            added.put(each.getKey(), each.getValue().asInteger(0, TokenizerJson.MAX_TOKENS - 1));
        }
        return new TokenizerConfig(config, roles, added, names, endTokens(directory));
    }

    /// An empty object where there is no such file.
    private static JsonSection open(Path file) throws IOException {
        if (!Files.exists(file)) {
            return new JsonSection(file, "", MissingNode.getInstance());
        }
        if (Files.size(file) > LARGEST_FILE) {
            throw new TokenizerFormatException(
                    file,
                    "holds " + Files.size(file) + " bytes; such a file may have " + LARGEST_FILE);
        }
        return TokenizerJson.readTree(file);
    }

    /// A token's name: a string, or an object that describes it.
    private static @Nullable String name(JsonSection token) {
        if (token.node().isTextual()) {
            return token.node().textValue();
        }
        String content = token.node().path("content").asText("");
        return content.isEmpty() ? null : content;
    }

    private static List<Integer> endTokens(Path directory) throws IOException {
        for (String name : List.of("generation_config.json", "config.json")) {
            JsonSection ids = open(directory.resolve(name)).child("eos_token_id");
            List<Integer> end = new ArrayList<>();
            if (ids.node().isInt()) {
                end.add(ids.node().intValue());
            }
            for (JsonSection id : ids.elements()) {
                end.add(id.asInteger(0, Integer.MAX_VALUE));
            }
            if (!end.isEmpty()) {
                return end;
            }
        }
        return List.of();
    }

    Conventions conventions() {
        ObjectNode node = config.node() instanceof ObjectNode object ? object : null;
        return new Conventions(roles, endTokens, node);
    }

    /// The tokens that `added_tokens_decoder` and `added_tokens.json` add, by id.
    Map<Integer, AddedToken> allAddedTokens() throws TokenizerFormatException {
        Map<Integer, AddedToken> tokens = new LinkedHashMap<>();
        addedTokens.forEach(
                (name, id) ->
                        tokens.put(
                                id,
                                new AddedToken(
                                        id,
                                        name,
                                        false,
                                        false,
                                        false,
                                        false,
                                        specialNames.contains(name))));
        for (Map.Entry<String, JsonSection> each :
                config.child("added_tokens_decoder").members().entrySet()) {
            if (!each.getKey().matches("\\d{1,7}")
                    || Integer.parseInt(each.getKey()) >= TokenizerJson.MAX_TOKENS) {
                throw each.getValue()
                        .refuse(
                                "stands under a name that is no token id; expected 0 to "
                                        + (TokenizerJson.MAX_TOKENS - 1));
            }
            int id = Integer.parseInt(each.getKey());
            tokens.put(id, TokenizerJson.addedToken(each.getValue(), id));
        }
        return tokens;
    }

    /// The value of a flag, or null where the file does not say it.
    @Nullable Boolean flag(String name) throws TokenizerFormatException {
        return config.has(name) ? config.flag(name, false) : null;
    }

    /// The class that transformers opens the tokenizer with, empty where it is not said; the suffix
    /// Fast is left out.
    String tokenizerClass() throws TokenizerFormatException {
        String name = config.has("tokenizer_class") ? config.text("tokenizer_class") : "";
        return name.endsWith("Fast") ? name.substring(0, name.length() - 4) : name;
    }
}
