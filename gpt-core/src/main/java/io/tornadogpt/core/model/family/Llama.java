package io.tornadogpt.core.model.family;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.arch.Part;

/// Llama 1 to 3.2 (Touvron et al., 2023; Grattafiori et al., 2024), TinyLlama, SmolLM2.
public final class Llama implements Family {
    public static final Llama FAMILY = new Llama();

    private static final String ATTENTION_BIAS = "attention_bias";
    private static final String MLP_BIAS = "mlp_bias";

    private static final GatedDecoder KEYS =
            new GatedDecoder(
                    32, 4096, 11008, 32, 0, 0, 32000, 2048, "hidden_act", "silu", false);

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
        boolean bias = config.flag(ATTENTION_BIAS, false);
        return KEYS.read(
                config, 0, new GatedDecoder.Biases(bias, bias, config.flag(MLP_BIAS, false)));
    }

    @Override
    public void write(Architecture a, ObjectNode config) {
        KEYS.write(a, config);
        config.put(ATTENTION_BIAS, a.attention().queryBias());
        config.put(MLP_BIAS, a.mlp().bias());
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
