package io.tornadogpt.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;

import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/// One turn of a conversation: who speaks, what is said, and whatever else the template looks at
/// (`tool_calls`, `reasoning_content`, `name`), in the order in which it was given.
///
/// @param fields the fields, of which `role` is a string; the nodes must not be changed afterwards
public record Message(Map<String, JsonNode> fields) {

    public Message {
        JsonNode role = fields.get("role");
        if (role == null || !role.isTextual()) {
            throw new IllegalArgumentException(
                    "a message needs a field 'role' that is a string, but it has "
                            + (role == null ? "the fields " + fields.keySet() : "role = " + role));
        }
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    /// A message of a text.
    public static Message of(String role, String content) {
        Map<String, JsonNode> fields = new LinkedHashMap<>();
        fields.put("role", TextNode.valueOf(role));
        fields.put("content", TextNode.valueOf(content));
        return new Message(fields);
    }

    /// What the model is told to be.
    public static Message system(String content) {
        return of("system", content);
    }

    /// What a person says.
    public static Message user(String content) {
        return of("user", content);
    }

    /// What the model says.
    public static Message assistant(String content) {
        return of("assistant", content);
    }

    /// Reads `{"role": ..., "content": ..., ...}`.
    ///
    /// @throws IllegalArgumentException if it is no such object
    public static Message fromJson(JsonNode json) {
        if (!json.isObject()) {
            throw new IllegalArgumentException(
                    "a message must be an object with 'role' and 'content', not "
                            + json.getNodeType());
        }
        Map<String, JsonNode> fields = new LinkedHashMap<>();
        json.properties().forEach(each -> fields.put(each.getKey(), each.getValue()));
        return new Message(fields);
    }

    /// The same message with one more field, or with another value for it.
    public Message with(String name, JsonNode value) {
        Map<String, JsonNode> more = new LinkedHashMap<>(fields);
        more.put(name, value);
        return new Message(more);
    }

    /// Who speaks.
    public String role() {
        return Objects.requireNonNull(fields.get("role")).textValue();
    }

    /// What is said: a string, a list of parts, or null where a message only calls tools.
    public JsonNode content() {
        @Nullable JsonNode content = fields.get("content");
        return content == null ? NullNode.getInstance() : content;
    }
}
