package io.tornadogpt.core.model.gguf;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.GgufFile;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.files.StoredTensor;
import io.tornadogpt.core.model.family.ConfigDocument;
import io.tornadogpt.gguf.GgufException;
import io.tornadogpt.gguf.GgufMetadata;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/// From what a GGUF file says of its model to what a `config.json` would say, which the family then
/// reads and checks.
public final class GgufConfigReader {
    static final String ARCHITECTURE = "general.architecture";
    public static final String EMBEDDING = "token_embd.weight";
    public static final String HEAD = "output.weight";
    public static final String ROPE_FACTORS = "rope_freqs.weight";

    private static final int SWA_PERIOD_OF_GEMMA2 = 2;
    private static final int SWA_PERIOD_OF_GEMMA3 = 6;

    private final GgufFile file;
    private final GgufMetadata metadata;
    private final GgufArchitecture architecture;
    private final ObjectNode config = ConfigDocument.JSON.createObjectNode();
    private final Map<String, String> names = new HashMap<>();

    private GgufConfigReader(GgufFile file, GgufArchitecture architecture) {
        this.file = file;
        this.metadata = file.description();
        this.architecture = architecture;
    }

    /// The architecture that a file names.
    ///
    /// @throws ModelFileException where it names none, or none that is supported
    public static GgufArchitecture architecture(GgufFile file) throws ModelFileException {
        try {
            String key = file.description().text(ARCHITECTURE);
            GgufArchitecture named = key == null ? null : GgufArchitecture.named(key);
            if (named == null) {
                throw file.description()
                        .bad(
                                ARCHITECTURE,
                                "is %s; supported: %s"
                                        .formatted(
                                                key == null
                                                        ? "missing"
                                                        : ModelFileException.quote(key),
                                                GgufArchitecture.names()));
            }
            return named;
        } catch (GgufException e) {
            throw GgufFile.refused(e);
        }
    }

    /// What the file says, in the words of a `config.json`; messages about it name the file's keys.
    ///
    /// @throws ModelFileException where something is missing, or not supported
    public static ConfigDocument read(GgufFile file) throws ModelFileException {
        var reader = new GgufConfigReader(file, architecture(file));
        try {
            reader.read();
        } catch (GgufException e) {
            throw GgufFile.refused(e);
        }
        return ConfigDocument.of(file.path(), reader.config, reader.names);
    }

    private void read() throws GgufException, ModelFileException {
        config.put("model_type", architecture.family().modelType());
        refuseExperts();
        tokens();
        switch (architecture) {
            case GPT2 -> gpt2();
            case LLAMA, QWEN2, QWEN3, GEMMA, GEMMA2, GEMMA3 -> gated();
            case FALCON -> falcon();
            case GPTNEOX -> neoX();
            case PHI2 -> phi2();
            case BERT -> bert();
        }
    }

    private void refuseExperts() throws GgufException {
        if (metadata.integer(key("expert_count")).orElse(0) > 0) {
            throw metadata.bad(
                    key("expert_count"),
                    "is %d, but models of several experts are not supported"
                            .formatted(metadata.integer(key("expert_count")).orElse(0)));
        }
    }

    private void tokens() throws GgufException {
        for (String role : List.of("bos", "eos")) {
            OptionalLong id = metadata.integer("tokenizer.ggml." + role + "_token_id");
            if (role.equals("eos") && metadata.has("tokenizer.ggml.eot_token_id")) {
                ArrayNode ids = config.putArray("eos_token_id");
                id.ifPresent(ids::add);
                metadata.integer("tokenizer.ggml.eot_token_id").ifPresent(ids::add);
            } else if (id.isPresent()) {
                config.put(role + "_token_id", id.getAsLong());
            } else {
                config.putNull(role + "_token_id");
            }
        }
    }

    private void gpt2() throws GgufException, ModelFileException {
        size("n_layer", "block_count");
        size("n_embd", "embedding_length");
        size("n_head", "attention.head_count");
        size("n_inner", "feed_forward_length");
        size("n_positions", "context_length");
        number("layer_norm_epsilon", "attention.layer_norm_epsilon");
        vocabulary();
        for (String dropout : List.of("resid_pdrop", "embd_pdrop", "attn_pdrop")) {
            config.put(dropout, 0);
        }
        if (!metadata.flag(GgufConfigWriter.BIAS, true)) {
            config.put(GgufConfigWriter.BIAS, false);
        }
    }

    private void gated() throws GgufException, ModelFileException {
        size("num_hidden_layers", "block_count");
        size("hidden_size", "embedding_length");
        size("intermediate_size", "feed_forward_length");
        size("num_attention_heads", "attention.head_count");
        size("max_position_embeddings", "context_length");
        number("rms_norm_eps", "attention.layer_norm_rms_epsilon");
        vocabulary();
        long heads = required("attention.head_count");
        optional("num_key_value_heads", "attention.head_count_kv", heads);
        long headSize = headSize("head_dim", heads);
        requireTurned(headSize);
        config.put("rope_theta", base());
        scaling(headSize);
        boolean bias = file.find("blk.0.attn_q.bias") != null;
        switch (architecture) {
            case LLAMA -> {
                config.put("attention_bias", bias);
                config.put("mlp_bias", file.find("blk.0.ffn_up.bias") != null);
                fillBiases();
            }
            case QWEN3, GEMMA -> config.put("attention_bias", bias);
            case GEMMA2 -> {
                caps(headSize);
                layerTypes(SWA_PERIOD_OF_GEMMA2);
            }
            case GEMMA3 -> {
                caps(headSize);
                layerTypes(SWA_PERIOD_OF_GEMMA3);
                config.put(
                        "rope_local_base_freq",
                        metadata.number(key("rope.freq_base_swa")).orElse(10_000));
            }
            default -> {}
        }
    }

    /// One switch says of all four projections whether they have biases.
    private void fillBiases() throws ModelFileException {
        boolean queries = file.find("blk.0.attn_q.bias") != null;
        boolean output = file.find("blk.0.attn_output.bias") != null;
        if (queries != output) {
            throw new ModelFileException(
                    file.path(),
                    "the attention",
                    "has biases of %s alone, which is not supported"
                            .formatted(queries ? "queries, keys and values" : "its output"),
                    "use a model of another family");
        }
    }

    private void caps(long headSize) throws GgufException {
        config.put("query_pre_attn_scalar", scoreScalar(headSize));
        cap("attn_logit_softcapping");
        cap("final_logit_softcapping");
    }

    /// What scores are divided by the root of, which readers know by the number of layers.
    private long scoreScalar(long headSize) throws GgufException {
        long layers = required("block_count");
        boolean large =
                architecture == GgufArchitecture.GEMMA2
                        ? layers == GgufConfigWriter.LARGE_GEMMA2_LAYERS
                        : layers == GgufConfigWriter.LARGE_GEMMA3_LAYERS;
        return large ? required("embedding_length") / required("attention.head_count") : headSize;
    }

    private void cap(String name) throws GgufException {
        OptionalDouble cap = metadata.number(key(name));
        names.put(name, key(name));
        if (cap.isPresent() && cap.getAsDouble() != 0) {
            config.put(name, cap.getAsDouble());
        } else {
            config.putNull(name);
        }
    }

    /// Every so many layers one sees all positions.
    private void layerTypes(int period) throws GgufException {
        optional("sliding_window", "attention.sliding_window", 4096);
        long layers = Math.min(required("block_count"), 1 << 12);
        ArrayNode types = config.putArray("layer_types");
        for (int layer = 0; layer < layers; layer++) {
            types.add((layer + 1) % period == 0 ? "full_attention" : "sliding_attention");
        }
    }

    private void falcon() throws GgufException, ModelFileException {
        long heads = required("attention.head_count");
        long keyValueHeads = metadata.integer(key("attention.head_count_kv")).orElse(heads);
        boolean twoNorms = file.find("blk.0.attn_norm_2.weight") != null;
        boolean grouped = twoNorms || keyValueHeads != 1 && keyValueHeads != heads;
        size("hidden_size", "embedding_length");
        size("num_hidden_layers", "block_count");
        size("num_attention_heads", "attention.head_count");
        optional("num_kv_heads", "attention.head_count_kv", heads);
        size("ffn_hidden_size", "feed_forward_length");
        size("max_position_embeddings", "context_length");
        number("layer_norm_epsilon", "attention.layer_norm_epsilon");
        vocabulary();
        config.put("new_decoder_architecture", grouped);
        config.put("multi_query", keyValueHeads == 1 || grouped);
        config.put("parallel_attn", true);
        if (grouped) {
            config.put("num_ln_in_parallel_attn", twoNorms ? 2 : 1);
        } else if (keyValueHeads == 1) {
            config.put("num_kv_heads", heads);
        }
        long headSize = headSize("head_dim", heads);
        config.remove("head_dim");
        requireTurned(headSize);
        config.put("rope_theta", base());
        scaling(headSize);
    }

    private void neoX() throws GgufException, ModelFileException {
        size("hidden_size", "embedding_length");
        size("num_hidden_layers", "block_count");
        size("num_attention_heads", "attention.head_count");
        size("intermediate_size", "feed_forward_length");
        size("max_position_embeddings", "context_length");
        number("layer_norm_eps", "attention.layer_norm_epsilon");
        vocabulary();
        long headSize = headSize("head_dim", required("attention.head_count"));
        config.remove("head_dim");
        config.put("rotary_pct", turned(headSize));
        config.put("rotary_emb_base", base());
        config.put("use_parallel_residual", metadata.flag(key("use_parallel_residual"), true));
        scaling(headSize);
    }

    private void phi2() throws GgufException, ModelFileException {
        size("hidden_size", "embedding_length");
        size("num_hidden_layers", "block_count");
        size("num_attention_heads", "attention.head_count");
        size("intermediate_size", "feed_forward_length");
        size("max_position_embeddings", "context_length");
        number("layer_norm_eps", "attention.layer_norm_epsilon");
        vocabulary();
        long heads = required("attention.head_count");
        optional("num_key_value_heads", "attention.head_count_kv", heads);
        long headSize = headSize("head_dim", heads);
        config.remove("head_dim");
        config.put("partial_rotary_factor", turned(headSize));
        config.put("rope_theta", base());
        scaling(headSize);
    }

    private void bert() throws GgufException, ModelFileException {
        size("hidden_size", "embedding_length");
        size("num_hidden_layers", "block_count");
        size("num_attention_heads", "attention.head_count");
        size("intermediate_size", "feed_forward_length");
        size("max_position_embeddings", "context_length");
        number("layer_norm_eps", "attention.layer_norm_epsilon");
        vocabulary();
        StoredTensor types = file.tensor("token_types.weight");
        config.put("type_vocab_size", types.shape().isEmpty() ? 0 : types.shape().getFirst());
        names.put("type_vocab_size", "token_types.weight");
        if (metadata.flag(key("attention.causal"), false)) {
            throw metadata.bad(key("attention.causal"), "is true, which is not supported");
        }
        config.putArray("architectures").add("BertModel");
    }

    /// The rows of the token embedding; without a head of its own a model uses that twice.
    private void vocabulary() throws ModelFileException {
        StoredTensor embedding = file.tensor(EMBEDDING);
        config.put("vocab_size", embedding.shape().isEmpty() ? 0 : embedding.shape().getFirst());
        config.put("tie_word_embeddings", file.find(HEAD) == null);
        names.put("vocab_size", EMBEDDING);
    }

    private String key(String name) {
        return architecture.key() + "." + name;
    }

    private long required(String name) throws GgufException {
        OptionalLong value = metadata.integer(key(name));
        if (value.isEmpty()) {
            throw metadata.bad(key(name), "is missing");
        }
        return value.getAsLong();
    }

    private void size(String configKey, String name) throws GgufException {
        config.put(configKey, required(name));
        names.put(configKey, key(name));
    }

    private void optional(String configKey, String name, long otherwise) throws GgufException {
        config.put(configKey, metadata.integer(key(name)).orElse(otherwise));
        names.put(configKey, key(name));
    }

    private void number(String configKey, String name) throws GgufException {
        OptionalDouble value = metadata.number(key(name));
        if (value.isEmpty()) {
            throw metadata.bad(key(name), "is missing");
        }
        config.put(configKey, value.getAsDouble());
        names.put(configKey, key(name));
    }

    private double base() throws GgufException {
        names.put("rope_theta", key("rope.freq_base"));
        names.put("rotary_emb_base", key("rope.freq_base"));
        return metadata.number(key("rope.freq_base")).orElse(10_000);
    }

    /// D, where the file says it, else the width divided by the heads.
    private long headSize(String configKey, long heads) throws GgufException {
        long width = required("embedding_length");
        OptionalLong keys = metadata.integer(key("attention.key_length"));
        OptionalLong values = metadata.integer(key("attention.value_length"));
        if (heads < 1) {
            throw metadata.bad(
                    key("attention.head_count"), "is %d; expected 1 or more".formatted(heads));
        }
        long size = keys.orElse(width / heads);
        if (values.orElse(size) != size) {
            throw metadata.bad(
                    key("attention.value_length"),
                    "is %d, but keys have %d elements; other lengths are not supported"
                            .formatted(values.getAsLong(), size));
        }
        if (size < 1) {
            throw metadata.bad(
                    key("attention.key_length"), "is %d; expected 1 or more".formatted(size));
        }
        config.put(configKey, size);
        names.put(configKey, key("attention.key_length"));
        return size;
    }

    private void requireTurned(long headSize) throws GgufException {
        if (turned(headSize) != 1) {
            throw metadata.bad(
                    key("rope.dimension_count"),
                    "is %d, a part of the %d elements of a head, which is not supported for %s"
                            .formatted(
                                    metadata.integer(key("rope.dimension_count")).orElse(0),
                                    headSize,
                                    architecture.key()));
        }
    }

    /// Which part of a head is turned.
    private double turned(long headSize) throws GgufException {
        names.put("partial_rotary_factor", key("rope.dimension_count"));
        return (double) metadata.integer(key("rope.dimension_count")).orElse(headSize) / headSize;
    }

    private void scaling(long headSize) throws GgufException, ModelFileException {
        String typeKey = key("rope.scaling.type");
        String type = metadata.text(typeKey);
        OptionalDouble factor = metadata.number(key("rope.scaling.factor"));
        if (file.find(ROPE_FACTORS) != null) {
            RopeFactors.addScaling(file, headSize, base(), config);
            return;
        }
        if (type == null || type.equals("none") || factor.isEmpty()) {
            return;
        }
        ObjectNode scaling = config.putObject("rope_scaling");
        scaling.put("rope_type", type.toLowerCase(Locale.ROOT));
        scaling.put("factor", factor.getAsDouble());
        names.put("rope_scaling.rope_type", typeKey);
        names.put("rope_scaling.factor", key("rope.scaling.factor"));
        OptionalLong trained = metadata.integer(key("rope.scaling.original_context_length"));
        if (trained.isPresent()) {
            scaling.put("original_max_position_embeddings", trained.getAsLong());
        }
        if (type.equals("yarn")) {
            for (String name : List.of("attn_factor", "yarn_ext_factor", "yarn_attn_factor")) {
                refuseOtherThan(1, key("rope.scaling." + name));
            }
            refuseOtherThan(32, key("rope.scaling.yarn_beta_fast"));
            refuseOtherThan(1, key("rope.scaling.yarn_beta_slow"));
        } else if (!type.equals("linear")) {
            throw metadata.bad(
                    typeKey,
                    "is %s; supported: none, linear, yarn"
                            .formatted(ModelFileException.quote(type)));
        }
    }

    private void refuseOtherThan(double usual, String key) throws GgufException {
        double value = metadata.number(key).orElse(usual);
        if (value != usual) {
            throw metadata.bad(
                    key, "is %s; supported: %s".formatted(Double.toString(value), usual));
        }
    }
}
