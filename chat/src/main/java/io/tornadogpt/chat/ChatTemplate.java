package io.tornadogpt.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;

import io.tornadogpt.chat.jinja.Fault;
import io.tornadogpt.chat.jinja.Limits;
import io.tornadogpt.chat.jinja.PythonText;
import io.tornadogpt.chat.jinja.Template;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Turns conversations into the text that a model was trained on. Templates are programs in Jinja
/// that come with models; they run here as `transformers` runs them, to the same bytes, and can do
/// nothing but compute text, in bounded time and memory.
///
/// ```java
/// ChatTemplate template = ModelTemplates.of(directory).template(conversation);
/// Rendered rendered = template.render(conversation, RenderOptions.of("<s>", "</s>"));
/// ```
///
/// Immutable, so that threads may share it.
public final class ChatTemplate {

    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    /// What stands for the end of a message that is to be continued, while it is rendered.
    private static final String OPEN_END = "CONTINUE_FINAL_MESSAGE_TAG ";

    private final String source;
    private final Template template;
    private final Limits limits;

    private ChatTemplate(String source, Template template, Limits limits) {
        this.source = source;
        this.template = template;
        this.limits = limits;
    }

    /// Reads a template.
    ///
    /// @throws ChatTemplateException with line and column, if it is malformed or uses what is not
    ///   supported
    public static ChatTemplate parse(String source) {
        return parse(source, Limits.DEFAULT);
    }

    static ChatTemplate parse(String source, Limits limits) {
        try {
            return new ChatTemplate(source, Template.parse(source), limits);
        } catch (Fault fault) {
            throw ChatTemplateException.of(fault);
        }
    }

    /// The template as it was read.
    public String source() {
        return source;
    }

    /// Renders a conversation.
    ///
    /// @throws ChatTemplateException if the template refuses the conversation, does not fit it, or
    ///   needs more than it may use
    public Rendered render(Conversation conversation, RenderOptions options) {
        return render(messages(conversation.messages()), conversation, options);
    }

    /// Renders a conversation whose last message is to be continued: the text ends where that
    /// message does, without what a template writes behind it.
    ///
    /// @throws ChatTemplateException as `render` does, and if the last message has no text or the
    ///   template leaves it out
    public Rendered renderOpenEnded(Conversation conversation, RenderOptions options) {
        if (options.addGenerationPrompt()) {
            throw new IllegalArgumentException(
                    "a message that is to be continued and a generation prompt exclude each other");
        }
        ArrayNode messages = messages(conversation.messages());
        String last = markOpenEnd((ObjectNode) messages.get(messages.size() - 1));
        Rendered rendered = render(messages, conversation, options);
        String text = rendered.text();
        int end = text.lastIndexOf(OPEN_END.strip());
        if (end < 0 || !text.contains(PythonText.stripLeft(PythonText.stripRight(last)))) {
            throw ChatTemplateException.value(
                    "the template leaves out the last message, so it cannot be continued");
        }
        boolean kept = text.startsWith(OPEN_END, end);
        String cut = text.substring(0, end);
        return new Rendered(kept ? cut : PythonText.stripRight(cut), List.of());
    }

    private static String markOpenEnd(ObjectNode message) {
        JsonNode content = message.path("content");
        if (content.isTextual()) {
            message.put("content", content.textValue() + OPEN_END);
            return content.textValue();
        }
        for (int i = content.size() - 1; content.isArray() && i >= 0; i--) {
            if (content.get(i) instanceof ObjectNode part && part.path("text").isTextual()) {
                String text = part.path("text").textValue();
                part.put("text", text + OPEN_END);
                return text;
            }
        }
        throw ChatTemplateException.value("the last message has no text to be continued");
    }

    private static ArrayNode messages(List<Message> messages) {
        ArrayNode all = JSON.arrayNode();
        for (Message message : messages) {
            ObjectNode object = all.addObject();
            message.fields().forEach((name, value) -> object.set(name, value.deepCopy()));
        }
        return all;
    }

    private Rendered render(ArrayNode messages, Conversation conversation, RenderOptions options) {
        Map<String, JsonNode> variables = new LinkedHashMap<>();
        variables.put("documents", NullNode.getInstance());
        options.specialTokens()
                .forEach((name, token) -> variables.put(name, TextNode.valueOf(token)));
        variables.putAll(options.variables());
        List<JsonNode> tools = conversation.tools();
        variables.put("messages", messages);
        variables.put(
                "tools", tools == null ? NullNode.getInstance() : JSON.arrayNode().addAll(tools));
        variables.put("add_generation_prompt", BooleanNode.valueOf(options.addGenerationPrompt()));
        try {
            Template.Result result =
                    template.render(variables, limits, () -> LocalDateTime.now(options.clock()));
            List<Rendered.Span> spans = new ArrayList<>();
            result.generated().forEach(span -> spans.add(new Rendered.Span(span[0], span[1])));
            return new Rendered(result.text(), spans);
        } catch (Fault fault) {
            throw ChatTemplateException.of(fault);
        }
    }
}
