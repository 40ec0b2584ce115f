package io.tornadogpt.core.model.family;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.arch.AttentionShape;
import io.tornadogpt.core.model.arch.BlockForm;
import io.tornadogpt.core.model.arch.Dropouts;
import io.tornadogpt.core.model.arch.EmbeddingShape;
import io.tornadogpt.core.model.arch.Head;
import io.tornadogpt.core.model.arch.Mlp;
import io.tornadogpt.core.model.arch.Norm;
import io.tornadogpt.core.model.arch.Norms;
import io.tornadogpt.core.model.arch.Part;
import io.tornadogpt.core.model.arch.Position;

import java.util.List;

/// Llama 1 to 3.2 (Touvron et al., 2023; Grattafiori et al., 2024), TinyLlama, SmolLM2.
public final class Llama implements Family {
    public static final Llama FAMILY = new Llama();

    private Llama() {}

    @Override
    public String modelType() {
        return "llama";
    }

    @Override
    public String architectureClass(Task task) {
        return switch (task) {
            case Task.Tokens _ -> "LlamaForCausalLM";
            case Task.HiddenStates _ -> "LlamaModel";
            case Task.Labels _ -> "LlamaForSequenceClassification";
        };
    }

    @Override
    public Architecture read(ConfigDocument config) throws ModelFileException {
        int width = config.integer("hidden_size", 4096);
        int heads = config.integer("num_attention_heads", 32);
        if (!config.has("head_dim") && width % heads != 0) {
            throw config.bad(
                    "hidden_size",
                    "is %d, which num_attention_heads, %d, does not divide"
                            .formatted(width, heads));
        }
        int headSize = config.integer("head_dim", Math.max(1, width / heads));
        int context = config.integer("max_position_embeddings", 2048);
        boolean bias = config.flag("attention_bias", false);
        return new Architecture(
                config.layers("num_hidden_layers", "num_hidden_layers", 32),
                width,
                config.integer("vocab_size", 32000),
                context,
                Norms.before(new Norm.Rms(config.positive("rms_norm_eps", 1e-6), 0)),
                new Position.Rotary(
                        headSize,
                        false,
                        List.of(RotaryConfig.read(config, 10_000, context)),
                        List.of()),
                AttentionShape.causal(
                        heads, config.integer("num_key_value_heads", heads), headSize, bias, bias),
                new Mlp.Gated(
                        config.integer("intermediate_size", 11008),
                        ActivationNames.read(config, "hidden_act", "silu"),
                        config.flag("mlp_bias", false)),
                BlockForm.SEQUENTIAL,
                EmbeddingShape.plain(config.flag("tie_word_embeddings", false)),
                Head.PLAIN,
                new Dropouts(0, config.probability("attention_dropout", 0), 0));
    }

    @Override
    public void write(Architecture a, ObjectNode config) {
        AttentionShape attention = a.attention();
        config.put("hidden_size", a.width());
        config.put("intermediate_size", a.mlp().hidden());
        config.put("num_hidden_layers", a.layers());
        config.put("num_attention_heads", attention.heads());
        config.put("num_key_value_heads", attention.keyValueHeads());
        config.put("head_dim", attention.headSize());
        config.put("hidden_act", ActivationNames.of(a.mlp().activation()));
        config.put("max_position_embeddings", a.context());
        config.put("rms_norm_eps", a.norms().kind().epsilon());
        config.put("vocab_size", a.vocabulary());
        config.put("tie_word_embeddings", a.embedding().tied());
        config.put("attention_bias", attention.queryBias());
        config.put("mlp_bias", a.mlp().bias());
        config.put("attention_dropout", a.dropout().attention());
        if (a.position() instanceof Position.Rotary rotary) {
            RotaryConfig.write(rotary.kinds().getFirst(), config);
        }
    }

    @Override
    public String prefix() {
        return "model.";
    }

    @Override
    public String module(Part part) {
        return switch (part) {
            case TOKEN_EMBEDDING -> "model.embed_tokens";
            case ATTENTION_NORM -> "model.layers.*.input_layernorm";
            case QUERY -> "model.layers.*.self_attn.q_proj";
            case KEY -> "model.layers.*.self_attn.k_proj";
            case VALUE -> "model.layers.*.self_attn.v_proj";
            case ATTENTION_OUTPUT -> "model.layers.*.self_attn.o_proj";
            case MLP_NORM -> "model.layers.*.post_attention_layernorm";
            case GATE -> "model.layers.*.mlp.gate_proj";
            case UP -> "model.layers.*.mlp.up_proj";
            case DOWN -> "model.layers.*.mlp.down_proj";
            case FINAL_NORM -> "model.norm";
            case HEAD -> "lm_head";
            case CLASSIFIER -> "score";
            default -> throw new IllegalArgumentException("Llama has no " + part);
        };
    }

    @Override
    public boolean ignores(String tensor) {
        return tensor.endsWith(".rotary_emb.inv_freq");
    }
}
