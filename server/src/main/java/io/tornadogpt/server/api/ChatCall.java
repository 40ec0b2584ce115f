package io.tornadogpt.server.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;

import io.tornadogpt.chat.ChatTemplateException;
import io.tornadogpt.chat.Conversation;
import io.tornadogpt.chat.Message;
import io.tornadogpt.sampler.engine.GenerationEvent;
import io.tornadogpt.sampler.engine.GenerationEvent.Finished;
import io.tornadogpt.sampler.engine.GenerationEvent.Piece;
import io.tornadogpt.sampler.engine.GenerationEvent.PromptRead;
import io.tornadogpt.sampler.engine.Request;
import io.tornadogpt.sampler.engine.TokenScore;
import io.tornadogpt.server.http.ApiException;
import io.tornadogpt.server.http.Call;
import io.tornadogpt.server.http.Fields;
import io.tornadogpt.server.model.ChatFormat;
import io.tornadogpt.server.model.ServedModel;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/// `/v1/chat/completions`: what a model says next in a conversation.
final class ChatCall {
    private static final int MOST_SCORES = 20;
    private static final int MOST_MESSAGES = 4096;
    private static final Set<String> ROLES =
            Set.of("system", "developer", "user", "assistant", "tool", "function");

    private final Service service;
    private final ServedModel model;
    private final Sampling sampling;
    private final int[] prompt;
    private final int choices;
    private final int maxTokens;
    private final OptionalInt scores;
    private final Streaming streaming;
    private final ResponseFormat format;
    private final String id = Answers.id("chatcmpl-");
    private final long created = Instant.now().getEpochSecond();

    ChatCall(Service service, ServedModel model, Fields fields) {
        this.service = service;
        this.model = model;
        ChatFormat chat =
                model.chat()
                        .orElseThrow(
                                () ->
                                        ApiException.badRequest(
                                                "model",
                                                "no_chat_template",
                                                "the model has no chat template, so it cannot chat;"
                                                    + " ask for a completion, or start the server"
                                                    + " with a template"));
        Prompts reader = service.prompts(model);
        prompt = prompt(reader, chat, fields);
        sampling = Sampling.read(fields, reader.vocabulary()).stoppingAt(chat.stopStrings());
        choices = fields.integer("n", 1, 1, service.limits().mostChoices());
        int most = fields.integer("max_tokens", Integer.MAX_VALUE, 1, Integer.MAX_VALUE);
        maxTokens = fields.integer("max_completion_tokens", most, 1, Integer.MAX_VALUE);
        scores = scores(fields);
        streaming = Streaming.read(fields);
        format = ResponseFormat.read(fields);
        refuseOthers(fields);
    }

    private static void refuseOthers(Fields fields) {
        JsonNodeFactory json = JsonNodeFactory.instance;
        fields.refuse("tools");
        fields.refuse("functions");
        fields.refuse("tool_choice", json.textNode("none"), json.textNode("auto"));
        fields.refuse("function_call", json.textNode("none"), json.textNode("auto"));
        fields.refuse("modalities", json.arrayNode().add("text"));
        fields.refuse("audio");
        fields.refuse("prediction");
        fields.refuse("web_search_options");
        fields.refuse("store", BooleanNode.FALSE);
        fields.ignore(
                "user",
                "metadata",
                "parallel_tool_calls",
                "service_tier",
                "safety_identifier",
                "prompt_cache_key",
                "prompt_cache_retention",
                "reasoning_effort",
                "verbosity");
        fields.requireNoOthers();
    }

    private static OptionalInt scores(Fields fields) {
        boolean told = fields.flag("logprobs", false);
        int top = fields.integer("top_logprobs", -1, 0, MOST_SCORES);
        if (top >= 0 && !told) {
            throw ApiException.badRequest(
                    "top_logprobs", "top_logprobs are for logprobs = true; set it too");
        }
        return told ? OptionalInt.of(Math.max(0, top)) : OptionalInt.empty();
    }

    private static int[] prompt(Prompts reader, ChatFormat chat, Fields fields) {
        JsonNode list = fields.value("messages");
        if (list == null || !list.isArray() || list.isEmpty() || list.size() > MOST_MESSAGES) {
            throw ApiException.badRequest(
                    "messages",
                    "messages is no list of 1 to %d messages; send one".formatted(MOST_MESSAGES));
        }
        List<Message> messages = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            messages.add(message(reader, fields, "messages[" + i + "]", list.get(i)));
        }
        try {
            String text = chat.text(new Conversation(messages, null), variables(fields));
            return reader.ofTemplate("messages", text);
        } catch (ChatTemplateException e) {
            throw ApiException.badRequest("messages", String.valueOf(e.getMessage()));
        }
    }

    /// A message whose content is one text.
    private static Message message(Prompts reader, Fields fields, String name, JsonNode json) {
        if (!json.isObject() || !ROLES.contains(json.path("role").asText())) {
            throw ApiException.badRequest(
                    name,
                    "%s is no object with a role that is one of system, developer, user,"
                                    .formatted(name)
                            + " assistant and tool; change it");
        }
        Message message = Message.fromJson(json);
        if (message.role().equals("developer")) {
            message = message.with("role", TextNode.valueOf("system"));
        }
        JsonNode content = json.path("content");
        if (content.isMissingNode() || content.isNull()) {
            if (message.role().equals("assistant")) {
                return message.with("content", TextNode.valueOf(""));
            }
            throw ApiException.badRequest(name, name + " has no content; give it some");
        }
        String text = fields.wellFormed(name, text(name, content));
        return message.with("content", TextNode.valueOf(reader.guarded(text)));
    }

    private static String text(String name, JsonNode content) {
        if (content.isTextual()) {
            return content.textValue();
        }
        var text = new StringBuilder();
        if (content.isArray()) {
            for (JsonNode part : content) {
                String type = part.path("type").asText();
                if (!type.equals("text") || !part.path("text").isTextual()) {
                    throw ApiException.badRequest(
                            name,
                            name + " has a part that is no text; the model reads nothing else");
                }
                text.append(part.path("text").textValue());
            }
            return text.toString();
        }
        throw ApiException.badRequest(
                name, name + " has content that is neither a text nor a list of texts; change it");
    }

    /// What a template may ask for, such as `enable_thinking`.
    private static Map<String, JsonNode> variables(Fields fields) {
        JsonNode value = fields.value("chat_template_kwargs");
        Map<String, JsonNode> variables = new HashMap<>();
        if (value != null) {
            if (!value.isObject()) {
                throw fields.wrong("chat_template_kwargs", value, "an object");
            }
            value.properties().forEach(each -> variables.put(each.getKey(), each.getValue()));
        }
        for (String own : List.of("messages", "tools", "add_generation_prompt")) {
            if (variables.containsKey(own)) {
                throw ApiException.badRequest(
                        "chat_template_kwargs",
                        "chat_template_kwargs sets %s, which is set by the request; leave it out"
                                .formatted(own));
            }
        }
        return variables;
    }

    void answer(Call call) throws IOException, InterruptedException {
        List<Request> requests = new ArrayList<>();
        for (int choice = 0; choice < choices; choice++) {
            Request request =
                    format.apply(sampling.request(prompt, choice, maxTokens), service, model);
            requests.add(scores.isPresent() ? request.withScores(scores.getAsInt()) : request);
        }
        try (Choices running = service.submit(model, requests, call)) {
            if (streaming.events()) {
                stream(call, running);
            } else {
                whole(call, running);
            }
        }
    }

    private void whole(Call call, Choices running) throws IOException, InterruptedException {
        List<List<TokenScore>> told = new ArrayList<>();
        List<@Nullable Finished> ends = new ArrayList<>();
        for (int i = 0; i < choices; i++) {
            told.add(new ArrayList<>());
            ends.add(null);
        }
        running.listen(
                call,
                (choice, event) -> {
                    switch (event) {
                        case PromptRead _ -> {}
                        case Piece piece -> told.get(choice).addAll(piece.scores());
                        case Finished end -> ends.set(choice, end);
                    }
                });
        ObjectNode json = Answers.begin(id, "chat.completion", created, model.name());
        ArrayNode all = json.putArray("choices");
        List<Finished> finished = new ArrayList<>();
        for (int i = 0; i < choices; i++) {
            Finished end = ends.get(i);
            if (end != null) {
                finished.add(end);
                ObjectNode choice = all.addObject().put("index", i);
                choice.putObject("message")
                        .put("role", "assistant")
                        .put("content", end.text())
                        .putNull("refusal");
                putScores(choice, told.get(i));
                choice.put("finish_reason", Answers.finishReason(end.reason()));
            }
        }
        json.set("usage", Answers.usage(prompt.length, finished));
        call.answer(json);
    }

    private void putScores(ObjectNode choice, List<TokenScore> told) {
        if (scores.isPresent()) {
            choice.set("logprobs", Scores.ofChat(model.tokenizer(), told));
        } else {
            choice.putNull("logprobs");
        }
    }

    private void stream(Call call, Choices running) throws IOException, InterruptedException {
        call.beginEvents();
        for (int choice = 0; choice < choices; choice++) {
            ObjectNode first = chunk(choice, null, List.of());
            ((ObjectNode) first.at("/choices/0/delta")).put("role", "assistant").put("content", "");
            call.event(first);
        }
        List<Finished> ends = new ArrayList<>();
        running.listen(call, (choice, event) -> stream(call, choice, event, ends));
        if (streaming.usage()) {
            ObjectNode json = Answers.begin(id, "chat.completion.chunk", created, model.name());
            json.putArray("choices");
            json.set("usage", Answers.usage(prompt.length, ends));
            call.event(json);
        }
        call.endEvents();
    }

    private void stream(Call call, int choice, GenerationEvent event, List<Finished> ends)
            throws IOException {
        switch (event) {
            case PromptRead _ -> {}
            case Piece piece -> {
                if (!piece.text().isEmpty() || !piece.scores().isEmpty()) {
                    ObjectNode json = chunk(choice, null, piece.scores());
                    ((ObjectNode) json.at("/choices/0/delta")).put("content", piece.text());
                    call.event(json);
                }
            }
            case Finished end -> {
                ends.add(end);
                call.event(chunk(choice, Answers.finishReason(end.reason()), List.of()));
            }
        }
    }

    private ObjectNode chunk(int index, @Nullable String finishReason, List<TokenScore> told) {
        ObjectNode json = Answers.begin(id, "chat.completion.chunk", created, model.name());
        ObjectNode choice = json.putArray("choices").addObject().put("index", index);
        choice.putObject("delta");
        if (told.isEmpty()) {
            choice.putNull("logprobs");
        } else {
            putScores(choice, told);
        }
        choice.put("finish_reason", finishReason);
        if (streaming.usage()) {
            json.putNull("usage");
        }
        return json;
    }
}
