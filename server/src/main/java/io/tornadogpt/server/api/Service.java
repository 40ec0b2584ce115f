package io.tornadogpt.server.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.sampler.engine.Engine;
import io.tornadogpt.sampler.engine.EngineClosedException;
import io.tornadogpt.sampler.engine.EngineStats;
import io.tornadogpt.sampler.engine.QueueFullException;
import io.tornadogpt.sampler.engine.Request;
import io.tornadogpt.sampler.grammar.GrammarVocabulary;
import io.tornadogpt.server.http.ApiException;
import io.tornadogpt.server.http.Call;
import io.tornadogpt.server.http.Fields;
import io.tornadogpt.server.http.Metrics;
import io.tornadogpt.server.model.ServedModel;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/// The models, and what can be asked of them. May be used by any thread.
public final class Service {
    /// What a request may ask for.
    ///
    /// @param mostChoices texts, over all its prompts
    /// @param deadline the longest time for them
    public record Limits(int mostChoices, Duration deadline) {}

    private final Map<String, ServedModel> models = new LinkedHashMap<>();
    private final Map<String, Prompts> prompts = new LinkedHashMap<>();
    private final Map<String, GrammarVocabulary> vocabularies = new ConcurrentHashMap<>();
    private final Limits limits;
    private final Metrics metrics;

    /// @param models the first one is meant where a request names none
    public Service(List<ServedModel> models, Limits limits, Metrics metrics) {
        for (ServedModel model : models) {
            if (this.models.put(model.name(), model) != null) {
                throw new IllegalArgumentException(
                        "two models are called %s; give them different names"
                                .formatted(model.name()));
            }
            prompts.put(model.name(), new Prompts(model));
        }
        if (models.isEmpty()) {
            throw new IllegalArgumentException("there is no model to serve; give one");
        }
        this.limits = limits;
        this.metrics = metrics;
    }

    Limits limits() {
        return limits;
    }

    Prompts prompts(ServedModel model) {
        return Objects.requireNonNull(prompts.get(model.name()));
    }

    /// The engine of a model that continues texts.
    Engine engine(ServedModel model) {
        return model.engine()
                .orElseThrow(
                        () ->
                                ApiException.badRequest(
                                        "model",
                                        "embeddings_only",
                                        "the model makes embeddings alone; it does not continue"
                                                + " texts"));
    }

    /// A model's tokens as grammars need them, made when they are first needed.
    GrammarVocabulary vocabulary(ServedModel model) {
        return vocabularies.computeIfAbsent(
                model.name(), name -> new GrammarVocabulary(model.tokenizer()));
    }

    /// Hands requests to a model's engine.
    Choices submit(ServedModel model, List<Request> requests, Call call) {
        try {
            return new Choices(
                    engine(model)
                            .submit(
                                    requests.stream()
                                            .map(
                                                    request ->
                                                            request.withClient(call.client())
                                                                    .withDeadline(
                                                                            limits.deadline()))
                                            .toList()),
                    metrics);
        } catch (QueueFullException e) {
            throw ApiException.busy(
                    429, "rate_limit_exceeded", String.valueOf(e.getMessage()), e.retryAfter());
        } catch (EngineClosedException e) {
            throw ApiException.of(503, "stopping", "the server stops; ask another one");
        } catch (IllegalArgumentException e) {
            throw ApiException.badRequest(String.valueOf(e.getMessage()));
        }
    }

    /// `POST /v1/completions`.
    public void complete(ObjectNode request, Call call) throws IOException, InterruptedException {
        var fields = new Fields(request);
        new CompletionCall(this, model(fields), fields).answer(call);
    }

    /// `POST /v1/chat/completions`.
    public void chat(ObjectNode request, Call call) throws IOException, InterruptedException {
        var fields = new Fields(request);
        new ChatCall(this, model(fields), fields).answer(call);
    }

    /// `POST /v1/embeddings`.
    public void embed(ObjectNode request, Call call) throws IOException {
        var fields = new Fields(request);
        ServedModel model = model(fields);
        new EmbeddingCall(prompts(model), model, fields).answer(call);
    }

    private ServedModel model(Fields fields) {
        String name = fields.text("model");
        return name == null ? models.values().iterator().next() : model(name);
    }

    private ServedModel model(String name) {
        ServedModel model = models.get(name);
        if (model == null) {
            throw ApiException.of(
                    404,
                    "model_not_found",
                    "there is no model %s; there are %s"
                            .formatted(BadFileException.quote(name), models.keySet()));
        }
        return model;
    }

    /// `GET /v1/models`.
    public ObjectNode list() {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("object", "list");
        ArrayNode data = json.putArray("data");
        models.values().forEach(model -> data.add(describe(model)));
        return json;
    }

    /// `GET /v1/models/NAME`.
    public ObjectNode describe(String name) {
        return describe(model(name));
    }

    private static ObjectNode describe(ServedModel model) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("id", model.name())
                .put("object", "model")
                .put("created", model.created())
                .put("owned_by", "tornadogpt")
                .put("context_length", model.context())
                .put("chat", model.chat().isPresent());
    }

    /// `GET /metrics`.
    public String metrics() {
        Map<String, EngineStats> engines = new TreeMap<>();
        models.forEach(
                (name, model) ->
                        model.engine().ifPresent(engine -> engines.put(name, engine.stats())));
        return metrics.text(engines);
    }

    /// Takes no more requests, and waits for those there are.
    ///
    /// @return whether all were done in time
    public boolean drain(Duration within) throws InterruptedException {
        long end = System.nanoTime() + within.toNanos();
        boolean done = true;
        for (ServedModel model : models.values()) {
            long left = Math.max(0, end - System.nanoTime());
            if (model.engine().isPresent()) {
                done &= model.engine().get().drain(Duration.ofNanos(left));
            }
        }
        return done;
    }
}
