package io.tornadogpt.server.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.sampler.engine.GenerationEvent;
import io.tornadogpt.sampler.engine.GenerationEvent.Finished;
import io.tornadogpt.sampler.engine.GenerationEvent.Piece;
import io.tornadogpt.sampler.engine.GenerationEvent.PromptRead;
import io.tornadogpt.sampler.engine.Request;
import io.tornadogpt.sampler.engine.Request.PromptScores;
import io.tornadogpt.server.api.Prompts.Prompt;
import io.tornadogpt.server.http.Call;
import io.tornadogpt.server.http.Fields;
import io.tornadogpt.server.model.ServedModel;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/// `/v1/completions`: texts that continue prompts.
final class CompletionCall {
    private static final int USUAL_TOKENS = 16;
    private static final int MOST_SCORES = 20;

    private final Service service;
    private final ServedModel model;
    private final Sampling sampling;
    private final List<Prompt> prompts;
    private final int choices; // of each prompt
    private final int maxTokens;
    private final boolean echo;
    private final OptionalInt scores;
    private final Streaming streaming;
    private final String id = Answers.id("cmpl-");
    private final long created = Instant.now().getEpochSecond();

    CompletionCall(Service service, ServedModel model, Fields fields) {
        this.service = service;
        this.model = model;
        Prompts reader = service.prompts(model);
        sampling = Sampling.read(fields, reader.vocabulary());
        choices = fields.integer("n", 1, 1, service.limits().mostChoices());
        prompts = reader.read(fields, "prompt", service.limits().mostChoices() / choices);
        maxTokens = fields.integer("max_tokens", USUAL_TOKENS, 0, Integer.MAX_VALUE);
        echo = fields.flag("echo", false);
        int asked = fields.integer("logprobs", -1, 0, MOST_SCORES);
        scores = asked < 0 ? OptionalInt.empty() : OptionalInt.of(asked);
        streaming = Streaming.read(fields);
        fields.refuse("best_of", IntNode.valueOf(choices));
        fields.refuse("suffix", JsonNodeFactory.instance.textNode(""));
        fields.refuse("ignore_eos", BooleanNode.FALSE);
        fields.ignore("user");
        fields.requireNoOthers();
    }

    /// One text of the answer.
    private final class Text {
        private final int index;
        private final Prompt prompt;
        private final Scores.@Nullable OfCompletion told;
        private @Nullable Finished end;

        Text(int index) {
            this.index = index;
            prompt = prompts.get(index / choices);
            told =
                    scores.isPresent()
                            ? new Scores.OfCompletion(
                                    model.tokenizer(),
                                    scores.getAsInt() > 0,
                                    echo ? 0 : prompt.text().length())
                            : null;
        }

        void hear(PromptRead read) {
            if (echo && told != null) {
                told.addFirst(prompt.tokens()[0]);
                told.add(read.scores());
            }
        }

        ObjectNode json(String text, @Nullable String finishReason) {
            ObjectNode json =
                    JsonNodeFactory.instance.objectNode().put("text", text).put("index", index);
            if (told != null) {
                json.set("logprobs", told.take());
            } else {
                json.putNull("logprobs");
            }
            return json.put("finish_reason", finishReason);
        }
    }

    void answer(Call call) throws IOException, InterruptedException {
        List<Text> texts = new ArrayList<>();
        List<Request> requests = new ArrayList<>();
        for (int i = 0; i < prompts.size() * choices; i++) {
            texts.add(new Text(i));
            requests.add(request(i));
        }
        if (maxTokens == 0 && !(echo && scores.isPresent())) {
            answerNothing(call, texts);
            return;
        }
        try (Choices running = service.submit(model, requests, call)) {
            if (streaming.events()) {
                stream(call, running, texts);
            } else {
                whole(call, running, texts);
            }
        }
    }

    private Request request(int index) {
        int[] prompt = prompts.get(index / choices).tokens();
        Request request = sampling.request(prompt, index % choices, Math.max(1, maxTokens));
        if (scores.isEmpty()) {
            return request;
        }
        if (!echo) {
            return request.withScores(scores.getAsInt());
        }
        PromptScores kind = maxTokens == 0 ? PromptScores.ALONE : PromptScores.THEN_TEXT;
        return request.withPromptScores(kind, scores.getAsInt());
    }

    private int promptTokens() {
        return prompts.stream().mapToInt(prompt -> prompt.tokens().length).sum();
    }

    private String echoed(Text text) {
        return echo ? text.prompt.text() : "";
    }

    /// No token is asked for, and nothing that the model knows.
    private void answerNothing(Call call, List<Text> texts) throws IOException {
        ObjectNode json = Answers.begin(id, "text_completion", created, model.name());
        ArrayNode all = json.putArray("choices");
        texts.forEach(text -> all.add(text.json(echoed(text), "length")));
        json.set("usage", Answers.usage(promptTokens(), List.of()));
        if (streaming.events()) {
            call.beginEvents();
            call.event(json);
            call.endEvents();
        } else {
            call.answer(json);
        }
    }

    private void whole(Call call, Choices running, List<Text> texts)
            throws IOException, InterruptedException {
        running.listen(
                call,
                (choice, event) -> {
                    Text text = texts.get(choice);
                    switch (event) {
                        case PromptRead read -> text.hear(read);
                        case Piece piece -> {
                            if (text.told != null) {
                                text.told.add(piece.scores());
                            }
                        }
                        case Finished end -> text.end = end;
                    }
                });
        ObjectNode json = Answers.begin(id, "text_completion", created, model.name());
        ArrayNode all = json.putArray("choices");
        List<Finished> ends = new ArrayList<>();
        for (Text text : texts) {
            Finished end = text.end;
            if (end != null) {
                all.add(text.json(echoed(text) + end.text(), Answers.finishReason(end.reason())));
                ends.add(end);
            }
        }
        json.set("usage", Answers.usage(promptTokens(), ends));
        call.answer(json);
    }

    private void stream(Call call, Choices running, List<Text> texts)
            throws IOException, InterruptedException {
        call.beginEvents();
        List<Finished> ends = new ArrayList<>();
        running.listen(call, (choice, event) -> stream(call, texts.get(choice), event, ends));
        if (streaming.usage()) {
            ObjectNode json = Answers.begin(id, "text_completion", created, model.name());
            json.putArray("choices");
            json.set("usage", Answers.usage(promptTokens(), ends));
            call.event(json);
        }
        call.endEvents();
    }

    private void stream(Call call, Text text, GenerationEvent event, List<Finished> ends)
            throws IOException {
        switch (event) {
            case PromptRead read -> {
                text.hear(read);
                if (echo) {
                    call.event(chunk(text.json(echoed(text), null)));
                }
            }
            case Piece piece -> {
                if (text.told != null) {
                    text.told.add(piece.scores());
                }
                if (!piece.text().isEmpty() || !piece.scores().isEmpty()) {
                    call.event(chunk(text.json(piece.text(), null)));
                }
            }
            case Finished end -> {
                ends.add(end);
                call.event(chunk(text.json("", Answers.finishReason(end.reason()))));
            }
        }
    }

    private ObjectNode chunk(ObjectNode choice) {
        ObjectNode json = Answers.begin(id, "text_completion", created, model.name());
        json.putArray("choices").add(choice);
        if (streaming.usage()) {
            json.putNull("usage");
        }
        return json;
    }
}
