package io.tornadogpt.core.model;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.tornadogpt.core.files.AtomicFile;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.op.Gelu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// Hugging Face's `config.json` of a GPT-2 model. Keys that cannot change the numbers are ignored;
/// values that would, and are not supported, are refused by name.
final class ConfigJson {
    private static final long LARGEST_FILE = 1 << 20;
    private static final String BIAS = "tornadogpt.bias";

    /// Names of GELU's two forms in `transformers`.
    private static final Map<String, Gelu.Form> ACTIVATIONS =
            Map.of(
                    "gelu_new", Gelu.Form.TANH,
                    "gelu_pytorch_tanh", Gelu.Form.TANH,
                    "gelu_fast", Gelu.Form.TANH,
                    "gelu", Gelu.Form.EXACT);

    /// Switches that change the numbers, and the only value that is supported.
    private static final Map<String, Boolean> SWITCHES =
            Map.of(
                    "scale_attn_weights", true,
                    "scale_attn_by_inverse_layer_idx", false,
                    "add_cross_attention", false);

    private static final ObjectMapper JSON =
            new ObjectMapper(
                            JsonFactory.builder()
                                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(16)
                                                    .maxNumberLength(40)
                                                    .build())
                                    .build())
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final Path file;
    private final JsonNode root;

    private ConfigJson(Path file, JsonNode root) {
        this.file = file;
        this.root = root;
    }

    static GptConfig read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new ModelFileException(
                    file, "the file", "does not exist", "name a directory that holds a model");
        }
        if (Files.size(file) > LARGEST_FILE) {
            throw new ModelFileException(
                    file,
                    "the file",
                    "has %d bytes; a configuration has at most %d"
                            .formatted(Files.size(file), LARGEST_FILE),
                    "check that it is a model's config.json");
        }
        try {
            return new ConfigJson(file, JSON.readTree(Files.readAllBytes(file))).toConfig();
        } catch (JsonProcessingException e) {
            throw new ModelFileException(
                    file,
                    "the file",
                    "is no JSON (" + e.getOriginalMessage() + ")",
                    "fetch or export the model again",
                    e);
        }
    }

    static void write(Path file, GptConfig config) throws IOException {
        var json = JSON.createObjectNode();
        json.putPOJO("architectures", List.of("GPT2LMHeadModel"));
        json.put("model_type", "gpt2");
        json.put("n_layer", config.nLayer());
        json.put("n_head", config.nHead());
        json.put("n_embd", config.nEmbd());
        json.put("n_positions", config.blockSize());
        json.put("vocab_size", config.vocabSize());
        json.put(
                "activation_function", config.activation() == Gelu.Form.TANH ? "gelu_new" : "gelu");
        json.put("layer_norm_epsilon", config.layerNormEpsilon());
        json.put("embd_pdrop", config.dropout());
        json.put("attn_pdrop", config.dropout());
        json.put("resid_pdrop", config.dropout());
        json.put("tie_word_embeddings", config.tiedHead());
        json.put("torch_dtype", "float32");
        json.putNull("bos_token_id");
        json.putNull("eos_token_id");
        if (!config.bias()) {
            json.put(BIAS, false);
        }
        String text = JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n";
        AtomicFile.write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    private GptConfig toConfig() throws ModelFileException {
        if (!root.isObject()) {
            throw bad("the file", "holds no JSON object");
        }
        String type = text("model_type", "gpt2");
        if (!type.equals("gpt2")) {
            throw bad("model_type", "is '" + type + "'; supported: gpt2");
        }
        for (var entry : SWITCHES.entrySet()) {
            if (flag(entry.getKey(), entry.getValue()) != entry.getValue()) {
                throw bad(entry.getKey(), "is " + !entry.getValue() + ", which is not supported");
            }
        }
        int channels = integer("n_embd", 768);
        if (integer("n_inner", 4 * channels) != 4 * channels) {
            throw bad("n_inner", "is not 4 x n_embd, which is not supported");
        }
        String activation = text("activation_function", "gelu_new");
        Gelu.Form form = ACTIVATIONS.get(activation);
        if (form == null) {
            throw bad(
                    "activation_function",
                    "is '%s'; supported: %s".formatted(activation, ACTIVATIONS.keySet()));
        }
        try {
            return new GptConfig(
                    integer("n_layer", 12),
                    integer("n_head", 12),
                    channels,
                    integer("n_positions", 1024),
                    integer("vocab_size", 50257),
                    flag(BIAS, true),
                    dropout(),
                    flag("tie_word_embeddings", true),
                    form,
                    number("layer_norm_epsilon", 1e-5));
        } catch (IllegalArgumentException e) {
            throw new ModelFileException(
                    file, "the configuration", "is refused: " + e.getMessage(), "correct it", e);
        }
    }

    private double dropout() throws ModelFileException {
        double residual = number("resid_pdrop", 0.1);
        for (String key : List.of("embd_pdrop", "attn_pdrop")) {
            if (number(key, 0.1) != residual) {
                throw bad(
                        key,
                        "is %s but resid_pdrop is %s; one probability for all is supported"
                                .formatted(number(key, 0.1), residual));
            }
        }
        return residual;
    }

    private boolean missing(String key) {
        return !root.hasNonNull(key);
    }

    private String text(String key, String otherwise) throws ModelFileException {
        if (missing(key)) {
            return otherwise;
        }
        if (!root.get(key).isTextual()) {
            throw bad(key, "is no text");
        }
        return root.get(key).textValue();
    }

    private boolean flag(String key, boolean otherwise) throws ModelFileException {
        if (missing(key)) {
            return otherwise;
        }
        if (!root.get(key).isBoolean()) {
            throw bad(key, "is neither true nor false");
        }
        return root.get(key).booleanValue();
    }

    private int integer(String key, int otherwise) throws ModelFileException {
        if (missing(key)) {
            return otherwise;
        }
        JsonNode node = root.get(key);
        if (!node.isIntegralNumber() || !node.canConvertToInt() || node.intValue() < 1) {
            throw bad(key, "is " + node + "; expected a whole number from 1 to 2147483647");
        }
        return node.intValue();
    }

    private double number(String key, double otherwise) throws ModelFileException {
        if (missing(key)) {
            return otherwise;
        }
        if (!root.get(key).isNumber() || !Double.isFinite(root.get(key).doubleValue())) {
            throw bad(key, "is " + root.get(key) + "; expected a number");
        }
        return root.get(key).doubleValue();
    }

    private ModelFileException bad(String field, String problem) {
        return new ModelFileException(file, field, problem, "use a GPT-2 model's config.json");
    }
}
