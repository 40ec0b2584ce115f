package io.tornadogpt.core.model;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.AtomicFile;
import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.model.ConfigKeys.Size;
import io.tornadogpt.core.op.Activation;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Hugging Face's `config.json` of a GPT-2 or GPT-Neo model. Keys that cannot change the numbers
/// are ignored; values that would, and are not supported, are refused by name.
final class ConfigJson {
    /// What keys of ours begin with; one that is not known may not be ignored.
    private static final String OURS = "tornadogpt.";

    private static final String BIAS = OURS + "bias";

    /// Names of GELU's two forms in `transformers`.
    private static final Map<String, Activation.Function> ACTIVATIONS =
            new TreeMap<>(
                    Map.of(
                            "gelu_new", Activation.Function.GELU_TANH,
                            "gelu_pytorch_tanh", Activation.Function.GELU_TANH,
                            "gelu_python_tanh", Activation.Function.GELU_TANH,
                            "gelu_accurate", Activation.Function.GELU_TANH,
                            "gelu_fast", Activation.Function.GELU_TANH,
                            "gelu", Activation.Function.GELU,
                            "gelu_python", Activation.Function.GELU));

    /// Switches that change the numbers, and the only value that is supported.
    private static final Map<String, Boolean> SWITCHES =
            Map.of(
                    "scale_attn_weights", true,
                    "scale_attn_by_inverse_layer_idx", false,
                    "add_cross_attention", false);

    private final ConfigDocument document;
    private final ConfigKeys keys;

    private ConfigJson(ConfigDocument document, ConfigKeys keys) {
        this.document = document;
        this.keys = keys;
    }

    static GptConfig read(Path file) throws IOException {
        ConfigDocument document = ConfigDocument.read(file);
        String type = document.text("model_type", "gpt2");
        for (ConfigKeys keys : ConfigKeys.all()) {
            if (keys.modelType().equals(type)) {
                return new ConfigJson(document, keys).toConfig();
            }
        }
        throw document.bad(
                "model_type",
                "is %s; supported: %s"
                        .formatted(
                                BadFileException.quote(type),
                                ConfigKeys.all().stream().map(ConfigKeys::modelType).toList()));
    }

    /// @param type of the weights beside it: F32, F16 or BF16
    static void write(Path file, GptConfig config, StorageType type) throws IOException {
        ConfigKeys keys = ConfigKeys.of(config.family());
        ObjectNode json = ConfigDocument.JSON.createObjectNode();
        json.putPOJO("architectures", List.of(keys.architecture()));
        json.put("model_type", keys.modelType());
        json.put(keys.layers().key(), config.nLayer());
        json.put(keys.heads().key(), config.nHead());
        json.put(keys.channels().key(), config.nEmbd());
        json.put(keys.positions().key(), config.blockSize());
        json.put("vocab_size", config.vocabSize());
        json.put(
                "activation_function",
                config.activation() == Activation.Function.GELU_TANH ? "gelu_new" : "gelu");
        json.put("layer_norm_epsilon", config.layerNormEpsilon());
        keys.dropouts().forEach(key -> json.put(key, config.dropout()));
        if (config.family() == GptConfig.Family.GPT_NEO) {
            NeoAttention.of(config).write(json);
        }
        json.put("tie_word_embeddings", config.tiedHead());
        json.put(
                "torch_dtype",
                switch (type) {
                    case F16 -> "float16";
                    case BF16 -> "bfloat16";
                    default -> "float32";
                });
        json.putNull("bos_token_id");
        json.putNull("eos_token_id");
        if (!config.bias()) {
            json.put(BIAS, false);
        }
        String text = ConfigDocument.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json);
        AtomicFile.write(file, (text + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private GptConfig toConfig() throws ModelFileException {
        refuseUnknownOfOurs();
        refuseUnsupported();
        int channels = size(keys.channels());
        long inner = document.integer(keys.innerChannels(), -1);
        if (inner != -1 && inner != 4L * channels) {
            throw document.bad(
                    keys.innerChannels(),
                    "is %d; supported: 4 x %s, %d"
                            .formatted(inner, keys.channels().key(), 4L * channels));
        }
        try {
            var config =
                    new GptConfig(
                            size(keys.layers()),
                            size(keys.heads()),
                            channels,
                            size(keys.positions()),
                            document.integer("vocab_size", 50257),
                            document.flag(BIAS, true),
                            dropout(),
                            document.flag("tie_word_embeddings", true),
                            activation(),
                            document.number("layer_norm_epsilon", 1e-5),
                            keys.family(),
                            "0");
            return config.family() == GptConfig.Family.GPT_NEO
                    ? config.withWindows(NeoAttention.read(document, config.nLayer()).windows())
                    : config;
        } catch (IllegalArgumentException e) {
            throw document.bad(
                    "the configuration",
                    "is refused (" + keys.inTheirWords(String.valueOf(e.getMessage())) + ")",
                    e);
        }
    }

    private void refuseUnknownOfOurs() throws ModelFileException {
        for (Iterator<String> names = document.keys(); names.hasNext(); ) {
            String name = names.next();
            if (name.startsWith(OURS) && !name.equals(BIAS)) {
                throw document.bad(
                        "key " + BadFileException.quote(name),
                        "is unknown, so a newer version wrote it");
            }
        }
    }

    private void refuseUnsupported() throws ModelFileException {
        for (var entry : SWITCHES.entrySet()) {
            if (document.flag(entry.getKey(), entry.getValue()) != entry.getValue()) {
                throw document.bad(
                        entry.getKey(), "is " + !entry.getValue() + ", which is not supported");
            }
        }
    }

    /// A size, under its name or the other that `transformers` takes.
    private int size(Size size) throws ModelFileException {
        int value = document.integer(size.key(), size.otherwise());
        String alias = keys.aliases().get(size.key());
        if (alias == null || !document.has(alias)) {
            return value;
        }
        int other = document.integer(alias, value);
        if (document.has(size.key()) && other != value) {
            throw document.bad(alias, "is %d, but %s is %d".formatted(other, size.key(), value));
        }
        return other;
    }

    private Activation.Function activation() throws ModelFileException {
        String name = document.text("activation_function", "gelu_new");
        Activation.Function form = ACTIVATIONS.get(name);
        if (form == null) {
            throw document.bad(
                    "activation_function",
                    "is %s; supported: %s"
                            .formatted(BadFileException.quote(name), ACTIVATIONS.keySet()));
        }
        return form;
    }

    private double dropout() throws ModelFileException {
        String first = keys.dropouts().getFirst();
        double probability = document.number(first, keys.defaultDropout());
        for (String key : keys.dropouts()) {
            double other = document.number(key, keys.defaultDropout());
            if (other != probability) {
                throw document.bad(
                        key,
                        "is %s but %s is %s; one probability for all is supported"
                                .formatted(other, first, probability));
            }
        }
        return probability;
    }
}
