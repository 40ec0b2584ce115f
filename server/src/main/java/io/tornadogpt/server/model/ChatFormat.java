package io.tornadogpt.server.model;

import com.fasterxml.jackson.databind.JsonNode;

import io.tornadogpt.chat.BuiltInTemplates;
import io.tornadogpt.chat.ChatTemplate;
import io.tornadogpt.chat.ChatTemplateException;
import io.tornadogpt.chat.Conversation;
import io.tornadogpt.chat.ModelTemplates;
import io.tornadogpt.chat.RenderOptions;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How conversations become text for a model.
///
/// @param template of the model, or one that was chosen for it
/// @param options its special tokens
/// @param stopStrings what ends an answer beside the model's end tokens
public record ChatFormat(ChatTemplate template, RenderOptions options, List<String> stopStrings) {
    private static final Map<String, List<String>> STOPS_OF_BUILT_IN =
            Map.of(
                    "chatml", List.of("<|im_end|>", "<|im_start|>"),
                    "alpaca", List.of("\n\n### Instruction:", "\n\n### Response:"));

    public ChatFormat {
        stopStrings = List.copyOf(stopStrings);
    }

    /// The template in a model directory; empty where there is none.
    ///
    /// @throws IOException if its files cannot be read
    /// @throws ChatTemplateException if the template cannot be
    public static Optional<ChatFormat> in(Path directory) throws IOException {
        ModelTemplates templates = ModelTemplates.of(directory);
        if (!templates.sources().containsKey("default")) {
            return Optional.empty();
        }
        ChatTemplate template = templates.template("default");
        List<String> stops =
                builtIn(template)
                        .map(name -> STOPS_OF_BUILT_IN.getOrDefault(name, List.of()))
                        .orElse(List.of());
        return Optional.of(new ChatFormat(template, options(templates), stops));
    }

    /// A template that is chosen for a model.
    ///
    /// @param directory the model's, for its special tokens
    /// @param nameOrFile one of [BuiltInTemplates#names], or a file
    /// @throws IllegalArgumentException if it is neither
    public static ChatFormat named(Path directory, String nameOrFile) throws IOException {
        RenderOptions options = options(ModelTemplates.of(directory));
        if (BuiltInTemplates.names().contains(nameOrFile)) {
            return new ChatFormat(
                    BuiltInTemplates.named(nameOrFile),
                    options,
                    STOPS_OF_BUILT_IN.getOrDefault(nameOrFile, List.of()));
        }
        Path file = Path.of(nameOrFile);
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException(
                    "%s is no file and no template of that name is known; give a file, or one of %s"
                            .formatted(nameOrFile, BuiltInTemplates.names()));
        }
        return new ChatFormat(ChatTemplate.parse(Files.readString(file)), options, List.of());
    }

    /// Whether the template is one of [BuiltInTemplates], which write no token for the beginning of
    /// a text, also where a model was trained with one and brings it along.
    public boolean isBuiltIn() {
        return builtIn(template).isPresent();
    }

    private static Optional<String> builtIn(ChatTemplate template) {
        return BuiltInTemplates.names().stream()
                .filter(name -> BuiltInTemplates.named(name).source().equals(template.source()))
                .findFirst();
    }

    private static RenderOptions options(ModelTemplates templates) {
        return templates.options().withGenerationPrompt(true);
    }

    /// The text that a conversation is to be answered behind.
    ///
    /// @param variables what the template is given beside
    /// @throws ChatTemplateException if the template refuses it
    public String text(Conversation conversation, Map<String, JsonNode> variables) {
        RenderOptions all = options;
        for (Map.Entry<String, JsonNode> variable : variables.entrySet()) {
            all = all.withVariable(variable.getKey(), variable.getValue());
        }
        return template.render(conversation, all).text();
    }
}
