package io.tornadogpt.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.tornadogpt.gguf.GgufHeader;
import io.tornadogpt.gguf.GgufMetadata;
import io.tornadogpt.gguf.GgufWriter;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// The chat templates and special tokens that lie in a model directory.
///
/// Templates are looked for where `transformers` looks: `chat_template.jinja` and
/// `additional_chat_templates/*.jinja`, else `chat_template` in `tokenizer_config.json` (a
/// template, or a list of named ones), else `chat_template.json`.
///
/// @param sources the templates by name; a single one is named `default`
/// @param specialTokens what `bos_token`, `eos_token` and the like stand for in templates
public record ModelTemplates(Map<String, String> sources, Map<String, String> specialTokens) {

    private static final String DEFAULT = "default";
    private static final String WITH_TOOLS = "tool_use";
    private static final long LARGEST_FILE = 64L << 20;
    private static final Set<String> TOKENS =
            Set.of(
                    "bos_token",
                    "eos_token",
                    "unk_token",
                    "sep_token",
                    "pad_token",
                    "cls_token",
                    "mask_token");

    private static final String GGUF_TEMPLATE = "tokenizer.chat_template";

    /// Where GGUF files have the numbers of these tokens.
    private static final Map<String, String> GGUF_ROLES =
            Map.of(
                    "bos_token", "tokenizer.ggml.bos_token_id",
                    "eos_token", "tokenizer.ggml.eos_token_id",
                    "unk_token", "tokenizer.ggml.unknown_token_id",
                    "pad_token", "tokenizer.ggml.padding_token_id");

    public ModelTemplates {
        sources = Collections.unmodifiableMap(new LinkedHashMap<>(sources));
        specialTokens = Collections.unmodifiableMap(new LinkedHashMap<>(specialTokens));
    }

    /// Looks into a model directory, or a GGUF file. One without a template is no error: `sources`
    /// is empty then, and [BuiltInTemplates] has some to choose from.
    ///
    /// @throws IOException with the file's name, if a file cannot be read or holds something else
    public static ModelTemplates of(Path directory) throws IOException {
        if (GgufHeader.isGguf(directory)) {
            return inGguf(GgufHeader.read(directory).metadata());
        }
        JsonNode config = json(directory.resolve("tokenizer_config.json"));
        Map<String, String> sources = jinjaFiles(directory);
        if (sources.isEmpty()) {
            sources = inConfig(config, directory.resolve("tokenizer_config.json"));
        }
        if (sources.isEmpty()) {
            Path legacy = directory.resolve("chat_template.json");
            sources = inConfig(json(legacy), legacy);
        }
        Map<String, String> tokens = new LinkedHashMap<>();
        addTokens(json(directory.resolve("special_tokens_map.json")), tokens);
        addTokens(config, tokens);
        return new ModelTemplates(sources, tokens);
    }

    /// What a GGUF file has: `tokenizer.chat_template`, and others by their names.
    private static ModelTemplates inGguf(GgufMetadata metadata) throws IOException {
        Map<String, String> sources = new LinkedHashMap<>();
        String usual = metadata.text(GGUF_TEMPLATE);
        if (usual != null) {
            sources.put(DEFAULT, usual);
        }
        for (String key : metadata.keys()) {
            String other = key.startsWith(GGUF_TEMPLATE + ".") ? metadata.text(key) : null;
            if (other != null) {
                sources.put(key.substring(GGUF_TEMPLATE.length() + 1), other);
            }
        }
        Map<String, String> tokens = new LinkedHashMap<>();
        List<String> all = metadata.texts("tokenizer.ggml.tokens");
        for (Map.Entry<String, String> role : GGUF_ROLES.entrySet()) {
            long id = metadata.integer(role.getValue()).orElse(-1);
            if (all != null && id >= 0 && id < all.size()) {
                tokens.put(role.getKey(), all.get((int) id));
            }
        }
        return new ModelTemplates(sources, tokens);
    }

    /// The template for a conversation: the one for tools where there are tools and such a
    /// template, else the default.
    ///
    /// @throws IllegalArgumentException if there is none
    /// @throws ChatTemplateException if it cannot be read
    public ChatTemplate template(Conversation conversation) {
        boolean tools = conversation.tools() != null && sources.containsKey(WITH_TOOLS);
        return template(tools ? WITH_TOOLS : DEFAULT);
    }

    /// The template of a name.
    ///
    /// @throws IllegalArgumentException if there is none
    /// @throws ChatTemplateException if it cannot be read
    public ChatTemplate template(String name) {
        String source = sources.get(name);
        if (source == null) {
            throw new IllegalArgumentException(
                    sources.isEmpty()
                            ? "the model has no chat template; choose one of "
                                    + BuiltInTemplates.names()
                            : "the model has no chat template '"
                                    + name
                                    + "', but has "
                                    + new TreeSet<>(sources.keySet()));
        }
        return ChatTemplate.parse(source);
    }

    /// Says in a GGUF file what the templates are.
    public void writeTo(GgufWriter file) {
        sources.forEach(
                (name, source) ->
                        file.text(
                                name.equals(DEFAULT) ? GGUF_TEMPLATE : GGUF_TEMPLATE + "." + name,
                                source));
        List<String> named = sources.keySet().stream().filter(n -> !n.equals(DEFAULT)).toList();
        if (!named.isEmpty()) {
            file.texts("tokenizer.chat_templates", named);
        }
    }

    /// Options for training on this model's conversations.
    public RenderOptions options() {
        return RenderOptions.of(specialTokens);
    }

    private static Map<String, String> jinjaFiles(Path directory) throws IOException {
        Map<String, String> sources = new LinkedHashMap<>();
        Path single = directory.resolve("chat_template.jinja");
        if (Files.isRegularFile(single)) {
            sources.put(DEFAULT, text(single));
        }
        Path others = directory.resolve("additional_chat_templates");
        if (Files.isDirectory(others)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(others, "*.jinja")) {
                for (Path file : files) {
                    String name = String.valueOf(file.getFileName());
                    sources.put(name.substring(0, name.length() - ".jinja".length()), text(file));
                }
            }
        }
        return sources;
    }

    private static Map<String, String> inConfig(JsonNode config, Path file) throws IOException {
        JsonNode templates = config.path("chat_template");
        Map<String, String> sources = new LinkedHashMap<>();
        if (templates.isTextual()) {
            sources.put(DEFAULT, templates.textValue());
        } else if (templates.isArray()) {
            for (JsonNode each : templates) {
                if (!each.path("name").isTextual() || !each.path("template").isTextual()) {
                    throw new IOException(
                            file
                                    + ": each entry of the list 'chat_template' needs the strings"
                                    + " 'name' and 'template'");
                }
                sources.put(each.path("name").textValue(), each.path("template").textValue());
            }
        } else if (templates.isObject()) {
            for (Map.Entry<String, JsonNode> each : templates.properties()) {
                if (!each.getValue().isTextual()) {
                    throw new IOException(
                            file + ": the template '" + each.getKey() + "' is no string");
                }
                sources.put(each.getKey(), each.getValue().textValue());
            }
        } else if (!templates.isMissingNode() && !templates.isNull()) {
            throw new IOException(
                    file + ": 'chat_template' must be a string or a list of named templates");
        }
        return sources;
    }

    private static void addTokens(JsonNode config, Map<String, String> tokens) {
        for (String name : new TreeSet<>(TOKENS)) {
            String token = token(config.path(name));
            if (token != null) {
                tokens.put(name, token);
            }
        }
        for (Map.Entry<String, JsonNode> each : config.path("extra_special_tokens").properties()) {
            String token = token(each.getValue());
            if (token != null) {
                tokens.put(each.getKey(), token);
            }
        }
    }

    /// A token stands there as a string, or as an object with its content and flags.
    private static @Nullable String token(JsonNode json) {
        JsonNode content = json.isObject() ? json.path("content") : json;
        return content.isTextual() ? content.textValue() : null;
    }

    private static JsonNode json(Path file) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        if (!Files.isRegularFile(file)) {
            return mapper.createObjectNode();
        }
        try {
            JsonNode json = mapper.readTree(text(file));
            if (json.isObject()) {
                return json;
            }
        } catch (com.fasterxml.jackson.core.JacksonException e) {
            throw new IOException(file + ": this is no JSON: " + e.getOriginalMessage(), e);
        }
        throw new IOException(file + ": an object was expected");
    }

    private static String text(Path file) throws IOException {
        if (Files.size(file) > LARGEST_FILE) {
            throw new IOException(
                    file
                            + ": the file has "
                            + Files.size(file)
                            + " bytes, more than "
                            + LARGEST_FILE);
        }
        try {
            return Files.readString(file);
        } catch (MalformedInputException e) {
            throw new IOException(file + ": the file is not in UTF-8", e);
        }
    }
}
