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
import io.tornadogpt.core.model.arch.Norms.Placement;
import io.tornadogpt.core.model.arch.Part;
import io.tornadogpt.core.model.arch.Position;

/// OPT (Zhang et al., 2022). The table of positions begins with two rows that no token has.
public final class Opt implements Family {
    public static final Opt FAMILY = new Opt();

    private static final int OFFSET = 2;
    private static final double EPSILON = 1e-5;
    private static final String BEFORE = "do_layer_norm_before";
    private static final String NO_LAST = "_remove_final_layer_norm";
    private static final String BIAS = "enable_bias";
    private static final String PROJECTED = "word_embed_proj_dim";
    private static final String DROPOUT = "dropout";

    private Opt() {}

    @Override
    public String modelType() {
        return "opt";
    }

    @Override
    public String architectureClass(Task task) {
        return switch (task) {
            case Task.Tokens _ -> "OPTForCausalLM";
            case Task.HiddenStates _ -> "OPTModel";
            case Task.Labels _ -> "OPTForSequenceClassification";
        };
    }

    @Override
    public Architecture read(ConfigDocument config) throws ModelFileException {
        int width = config.integer("hidden_size", 768);
        int heads = config.integer("num_attention_heads", 12);
        int size = config.divided("hidden_size", width, "num_attention_heads", heads);
        int projected = config.integer(PROJECTED, width);
        if (projected != width) {
            throw config.bad(
                    PROJECTED,
                    "is %d, but hidden_size is %d; supported: the same".formatted(projected, width));
        }
        config.requireFlag("layer_norm_elementwise_affine", true);
        boolean bias = config.flag(BIAS, true);
        double dropout = config.probability(DROPOUT, 0.1);
        return new Architecture(
                config.layers("num_hidden_layers", "num_hidden_layers", 12),
                width,
                config.integer("vocab_size", 50_272),
                config.integer("max_position_embeddings", 2048),
                norms(config),
                new Position.Learned(OFFSET),
                AttentionShape.causal(heads, heads, size, bias, bias),
                new Mlp.Plain(
                        config.integer("ffn_dim", 3072),
                        ActivationNames.read(config, "activation_function", "relu"),
                        bias),
                BlockForm.SEQUENTIAL,
                EmbeddingShape.plain(config.flag("tie_word_embeddings", true)),
                Head.PLAIN,
                new Dropouts(0, config.probability("attention_dropout", 0), dropout));
    }

    private static Norms norms(ConfigDocument config) throws ModelFileException {
        boolean before = config.flag(BEFORE, true);
        boolean last = before && !config.flag(NO_LAST, false);
        return new Norms(
                new Norm.Layer(EPSILON, true),
                before ? Placement.BEFORE : Placement.AFTER,
                false,
                false,
                last);
    }

    @Override
    public void write(Architecture a, ObjectNode config) {
        boolean before = a.norms().placement() == Placement.BEFORE;
        config.put("hidden_size", a.width());
        config.put("num_hidden_layers", a.layers());
        config.put("num_attention_heads", a.attention().heads());
        config.put("ffn_dim", a.mlp().hidden());
        config.put("activation_function", ActivationNames.of(a.mlp().activation()));
        config.put("max_position_embeddings", a.context());
        config.put("vocab_size", a.vocabulary());
        config.put("tie_word_embeddings", a.embedding().tied());
        config.put(PROJECTED, a.width());
        config.put(BIAS, a.mlp().bias());
        config.put(BEFORE, before);
        config.put(NO_LAST, before && !a.norms().last());
        config.put(DROPOUT, a.dropout().residual());
        config.put("attention_dropout", a.dropout().attention());
    }

    @Override
    public String prefix() {
        return "model.";
    }

    @Override
    public String module(Part part) {
        return switch (part) {
            case TOKEN_EMBEDDING -> "model.decoder.embed_tokens";
            case POSITION_EMBEDDING -> "model.decoder.embed_positions";
            case ATTENTION_NORM -> "model.decoder.layers.*.self_attn_layer_norm";
            case QUERY -> "model.decoder.layers.*.self_attn.q_proj";
            case KEY -> "model.decoder.layers.*.self_attn.k_proj";
            case VALUE -> "model.decoder.layers.*.self_attn.v_proj";
            case ATTENTION_OUTPUT -> "model.decoder.layers.*.self_attn.out_proj";
            case MLP_NORM -> "model.decoder.layers.*.final_layer_norm";
            case UP -> "model.decoder.layers.*.fc1";
            case DOWN -> "model.decoder.layers.*.fc2";
            case FINAL_NORM -> "model.decoder.final_layer_norm";
            case HEAD -> "lm_head";
            case CLASSIFIER -> "score";
            default -> throw new IllegalArgumentException("OPT has no " + part);
        };
    }
}
