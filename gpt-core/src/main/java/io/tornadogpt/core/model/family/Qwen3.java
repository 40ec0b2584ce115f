package io.tornadogpt.core.model.family;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.arch.AttentionShape.HeadNorm;
import io.tornadogpt.core.model.arch.Part;

/// Qwen 3 (Yang et al., 2025): Llama with normalized queries and keys, and heads of a size of their
/// own.
public final class Qwen3 implements Family {
    public static final Qwen3 FAMILY = new Qwen3();

    private static final String BIAS = "attention_bias";

    private static final GatedDecoder KEYS =
            new GatedDecoder(
                    32, 4096, 22016, 32, 32, 128, 151_936, 32_768, "hidden_act", "silu", false);

    private Qwen3() {}

    @Override
    public String modelType() {
        return "qwen3";
    }

    @Override
    public String architectureClass(Task task) {
        return switch (task) {
            case Task.Tokens _ -> "Qwen3ForCausalLM";
            case Task.HiddenStates _ -> "Qwen3Model";
            case Task.Labels _ -> "Qwen3ForSequenceClassification";
        };
    }

    @Override
    public Architecture read(ConfigDocument config) throws ModelFileException {
        boolean bias = config.flag(BIAS, false);
        Architecture all =
                KEYS.read(config, 0, new GatedDecoder.Biases(bias, bias, false));
        return QwenWindow.read(
                config, all.withAttention(all.attention().withHeadNorm(HeadNorm.EACH_HEAD)));
    }

    @Override
    public void write(Architecture a, ObjectNode config) {
        KEYS.write(a, config);
        config.put(BIAS, a.attention().queryBias());
        QwenWindow.write(a, config);
    }

    @Override
    public String prefix() {
        return Llama.FAMILY.prefix();
    }

    @Override
    public String module(Part part) {
        return switch (part) {
            case QUERY_NORM -> "model.layers.*.self_attn.q_norm";
            case KEY_NORM -> "model.layers.*.self_attn.k_norm";
            default -> Llama.FAMILY.module(part);
        };
    }

    @Override
    public boolean ignores(String tensor) {
        return Llama.FAMILY.ignores(tensor);
    }
}
