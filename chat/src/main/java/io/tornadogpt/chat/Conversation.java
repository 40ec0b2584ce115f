package io.tornadogpt.chat;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/// What was said so far, and the tools that the model may call.
///
/// @param messages the turns, oldest first
/// @param tools JSON schemas of functions; null if the model is told of none, which templates tell
///   apart from an empty list
public record Conversation(List<Message> messages, @Nullable List<JsonNode> tools) {

    public Conversation {
        messages = List.copyOf(messages);
        if (messages.isEmpty()) {
            throw new IllegalArgumentException("a conversation needs at least one message");
        }
        tools = tools == null ? null : List.copyOf(tools);
    }

    /// A conversation without tools.
    public static Conversation of(Message... messages) {
        return new Conversation(List.of(messages), null);
    }

    /// Reads a list of messages, or an object with `messages` and perhaps `tools`.
    ///
    /// @throws IllegalArgumentException if it is neither; the message names the turn, from 1
    public static Conversation fromJson(JsonNode json) {
        JsonNode messages = json.isArray() ? json : json.path("messages");
        if (!messages.isArray()) {
            throw new IllegalArgumentException(
                    "a conversation is a list of messages or an object with the list 'messages'");
        }
        List<Message> turns = new ArrayList<>();
        for (JsonNode message : messages) {
            try {
                turns.add(Message.fromJson(message));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "message " + (turns.size() + 1) + ": " + e.getMessage(), e);
            }
        }
        return new Conversation(turns, json.isArray() ? null : toolsOf(json.path("tools")));
    }

    private static @Nullable List<JsonNode> toolsOf(JsonNode json) {
        if (json.isMissingNode() || json.isNull()) {
            return null;
        }
        if (!json.isArray()) {
            throw new IllegalArgumentException(
                    "the field 'tools' of a conversation must be a list of JSON schemas");
        }
        List<JsonNode> tools = new ArrayList<>();
        for (JsonNode tool : json) {
            if (!tool.isObject()) {
                throw new IllegalArgumentException(
                        "a tool must be a JSON schema in an object, not " + tool.getNodeType());
            }
            tools.add(tool);
        }
        return tools;
    }
}
