package io.tornadogpt.server.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.server.api.Prompts.Prompt;
import io.tornadogpt.server.http.ApiException;
import io.tornadogpt.server.http.Call;
import io.tornadogpt.server.http.Fields;
import io.tornadogpt.server.model.ServedModel;
import io.tornadogpt.server.model.TextEmbedder;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// `/v1/embeddings`: vectors of texts. The clients for Python and JavaScript ask for them in
/// base64: little-endian numbers of 32 bits.
final class EmbeddingCall {
    private static final int MOST_INPUTS = 2048;
    private static final long LIFE = 1_000_000_000;

    private final ServedModel model;
    private final TextEmbedder embedder;
    private final List<int[]> inputs = new ArrayList<>();
    private final boolean base64;
    private final int dimensions;

    EmbeddingCall(Prompts reader, ServedModel model, Fields fields) {
        this.model = model;
        embedder =
                model.embedder()
                        .orElseThrow(
                                () ->
                                        ApiException.badRequest(
                                                "model",
                                                "no_embeddings",
                                                "the server makes no embeddings with this model"));
        JsonNode input = fields.value("input");
        if (input == null) {
            throw ApiException.badRequest("input", "input is missing; give texts or tokens");
        }
        for (Prompt prompt : reader.embeddedBy(embedder).read(fields, "input", MOST_INPUTS)) {
            inputs.add(prompt.tokens());
        }
        String encoding = fields.text("encoding_format");
        base64 = "base64".equals(encoding);
        if (encoding != null && !base64 && !encoding.equals("float")) {
            throw ApiException.badRequest(
                    "encoding_format", "encoding_format is neither float nor base64; use one");
        }
        dimensions = fields.integer("dimensions", embedder.width(), 1, embedder.width());
        fields.ignore("user");
        fields.requireNoOthers();
    }

    void answer(Call call) throws IOException {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("object", "list");
        ArrayNode data = json.putArray("data");
        List<float[]> vectors =
                embedder.embed(
                        inputs,
                        () -> {
                            if (call.silence() > LIFE) {
                                call.showLife();
                            }
                        });
        for (float[] vector : vectors) {
            put(data.addObject().put("object", "embedding").put("index", data.size() - 1), vector);
        }
        int tokens = inputs.stream().mapToInt(input -> input.length).sum();
        json.put("model", model.name());
        json.putObject("usage").put("prompt_tokens", tokens).put("total_tokens", tokens);
        call.answer(json);
    }

    private void put(ObjectNode json, float... whole) {
        float[] vector = shortened(whole);
        if (base64) {
            ByteBuffer bytes =
                    ByteBuffer.allocate(Float.BYTES * vector.length).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asFloatBuffer().put(vector);
            json.put("embedding", Base64.getEncoder().encodeToString(bytes.array()));
        } else {
            ArrayNode numbers = json.putArray("embedding");
            for (float x : vector) {
                numbers.add(x);
            }
        }
    }

    /// The first elements, again of length 1.
    private float[] shortened(float... whole) {
        if (dimensions == whole.length) {
            return whole;
        }
        double sum = 0;
        for (int i = 0; i < dimensions; i++) {
            sum += (double) whole[i] * whole[i];
        }
        float[] part = new float[dimensions];
        double norm = Math.sqrt(sum);
        for (int i = 0; i < dimensions; i++) {
            part[i] = norm == 0 ? 0 : (float) (whole[i] / norm);
        }
        return part;
    }
}
