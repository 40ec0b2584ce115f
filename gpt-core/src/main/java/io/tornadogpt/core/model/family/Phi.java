package io.tornadogpt.core.model.family;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.arch.AttentionShape;
import io.tornadogpt.core.model.arch.AttentionShape.HeadNorm;
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
import java.util.Set;

/// Phi 1, 1.5 and 2 (Li et al., "Textbooks Are All You Need II", 2023): attention and MLP side by
/// side behind one norm, biases everywhere, that of the logits included.
public final class Phi implements Family {
    public static final Phi FAMILY = new Phi();

    private static final String HEAD_NORM = "qk_layernorm";
    private static final double DEFAULT_PART = 0.5;

    private Phi() {}

    @Override
    public String modelType() {
        return "phi";
    }

    @Override
    public String architectureClass(Task task) {
        return switch (task) {
            case Task.Tokens _ -> "PhiForCausalLM";
            case Task.HiddenStates _ -> "PhiModel";
            case Task.Labels _ -> "PhiForSequenceClassification";
        };
    }

    @Override
    public Architecture read(ConfigDocument config) throws ModelFileException {
        int width = config.integer("hidden_size", 2048);
        int heads = config.integer("num_attention_heads", 32);
        int size = config.divided("hidden_size", width, "num_attention_heads", heads);
        int context = config.integer("max_position_embeddings", 2048);
        AttentionShape attention =
                AttentionShape.causal(
                                heads,
                                config.integer("num_key_value_heads", heads),
                                size,
                                true,
                                true)
                        .withHeadNorm(
                                config.flag(HEAD_NORM, false) ? HeadNorm.EACH_HEAD : HeadNorm.NONE);
        double part = RotaryConfig.part(config, DEFAULT_PART);
        return new Architecture(
                config.layers("num_hidden_layers", "num_hidden_layers", 24),
                width,
                config.integer("vocab_size", 51_200),
                context,
                Norms.before(new Norm.Layer(config.positive("layer_norm_eps", 1e-5), true)),
                new Position.Rotary(
                        RotaryConfig.turned(config, size, part),
                        false,
                        List.of(RotaryConfig.read(config, RotaryConfig.BASE, context)),
                        List.of()),
                attention,
                new Mlp.Plain(
                        config.integer("intermediate_size", 8192),
                        ActivationNames.read(config, "hidden_act", "gelu_new"),
                        true),
                BlockForm.PARALLEL_ONE_NORM,
                EmbeddingShape.plain(config.flag("tie_word_embeddings", false)),
                new Head(null, true, 0),
                new Dropouts(
                        config.probability("embd_pdrop", 0),
                        config.probability("attention_dropout", 0),
                        config.probability("resid_pdrop", 0)));
    }

    @Override
    public void write(Architecture a, ObjectNode config) {
        AttentionShape attention = a.attention();
        config.put("hidden_size", a.width());
        config.put("intermediate_size", a.mlp().hidden());
        config.put("num_hidden_layers", a.layers());
        config.put("num_attention_heads", attention.heads());
        config.put("num_key_value_heads", attention.keyValueHeads());
        config.put("hidden_act", ActivationNames.of(a.mlp().activation()));
        config.put("max_position_embeddings", a.context());
        config.put("layer_norm_eps", a.norms().kind().epsilon());
        config.put("vocab_size", a.vocabulary());
        config.put("tie_word_embeddings", a.embedding().tied());
        config.put(HEAD_NORM, attention.headNorm() == HeadNorm.EACH_HEAD);
        config.put("embd_pdrop", a.dropout().embedding());
        config.put("attention_dropout", a.dropout().attention());
        config.put("resid_pdrop", a.dropout().residual());
        if (a.position() instanceof Position.Rotary rotary) {
            RotaryConfig.write(rotary.kinds().getFirst(), config);
            RotaryConfig.writePart(RotaryConfig.part(rotary.size(), attention.headSize()), config);
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
            case QUERY_NORM -> "model.layers.*.self_attn.q_layernorm";
            case KEY_NORM -> "model.layers.*.self_attn.k_layernorm";
            case ATTENTION_OUTPUT -> "model.layers.*.self_attn.dense";
            case UP -> "model.layers.*.mlp.fc1";
            case DOWN -> "model.layers.*.mlp.fc2";
            case FINAL_NORM -> "model.final_layernorm";
            case HEAD -> "lm_head";
            case CLASSIFIER -> "score";
            default -> throw new IllegalArgumentException("Phi has no " + part);
        };
    }

    @Override
    public boolean ignores(String tensor) {
        return tensor.endsWith(".rotary_emb.inv_freq");
    }

    @Override
    public Set<Part> adapted() {
        return Set.of(Part.QUERY, Part.VALUE, Part.UP, Part.DOWN);
    }
}
