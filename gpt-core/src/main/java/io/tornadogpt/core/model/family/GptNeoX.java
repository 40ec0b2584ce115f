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
import java.util.Set;
import java.util.regex.Pattern;

/// GPT-NeoX 20B (Black et al., 2022) and Pythia (Biderman et al., 2023).
public final class GptNeoX implements Family {
    public static final GptNeoX FAMILY = new GptNeoX();

    private static final String THETA = "rotary_emb_base";
    private static final String PART = "rotary_pct";
    private static final String PARALLEL = "use_parallel_residual";
    private static final String BIAS = "attention_bias";

    /// Masks and angles that older files carry along.
    private static final Pattern NO_WEIGHT =
            Pattern.compile(
                    "(gpt_neox\\.)?layers\\.\\d+\\.attention\\.(bias|masked_bias|rotary_emb\\.inv_freq)");

    private GptNeoX() {}

    @Override
    public String modelType() {
        return "gpt_neox";
    }

    @Override
    public String architectureClass(Task task) {
        return switch (task) {
            case Task.Tokens _ -> "GPTNeoXForCausalLM";
            case Task.HiddenStates _ -> "GPTNeoXModel";
            case Task.Labels _ -> "GPTNeoXForSequenceClassification";
        };
    }

    @Override
    public Architecture read(ConfigDocument config) throws ModelFileException {
        int width = config.integer("hidden_size", 6144);
        int heads = config.integer("num_attention_heads", 64);
        int size = config.divided("hidden_size", width, "num_attention_heads", heads);
        int context = config.integer("max_position_embeddings", 2048);
        boolean bias = config.flag(BIAS, true);
        double part = RotaryConfig.part(config, config.positive(PART, 0.25));
        return new Architecture(
                config.layers("num_hidden_layers", "num_hidden_layers", 44),
                width,
                config.integer("vocab_size", 50_432),
                context,
                Norms.before(new Norm.Layer(config.positive("layer_norm_eps", 1e-5), true)),
                RotaryConfig.rounded(
                        config,
                        RotaryConfig.read(config, THETA, RotaryConfig.BASE, context),
                        size,
                        part),
                AttentionShape.causal(heads, heads, size, bias, bias),
                new Mlp.Plain(
                        config.integer("intermediate_size", 24_576),
                        ActivationNames.read(config, "hidden_act", "gelu"),
                        true),
                config.flag(PARALLEL, true) ? BlockForm.PARALLEL_TWO_NORMS : BlockForm.SEQUENTIAL,
                EmbeddingShape.plain(config.flag("tie_word_embeddings", false)),
                Head.PLAIN,
                new Dropouts(
                        config.probability("hidden_dropout", 0),
                        config.probability("attention_dropout", 0),
                        config.probability("hidden_dropout", 0)));
    }

    @Override
    public void write(Architecture a, ObjectNode config) {
        config.put("hidden_size", a.width());
        config.put("num_hidden_layers", a.layers());
        config.put("num_attention_heads", a.attention().heads());
        config.put("intermediate_size", a.mlp().hidden());
        config.put("hidden_act", ActivationNames.of(a.mlp().activation()));
        config.put("max_position_embeddings", a.context());
        config.put("layer_norm_eps", a.norms().kind().epsilon());
        config.put("vocab_size", a.vocabulary());
        config.put("tie_word_embeddings", a.embedding().tied());
        config.put(PARALLEL, a.form() == BlockForm.PARALLEL_TWO_NORMS);
        config.put(BIAS, a.attention().queryBias());
        config.put("attention_dropout", a.dropout().attention());
        config.put("hidden_dropout", a.dropout().residual());
        if (a.position() instanceof Position.Rotary rotary) {
            double part = RotaryConfig.part(rotary.size(), a.attention().headSize());
            RotaryConfig.write(rotary.kinds().getFirst(), config);
            RotaryConfig.writePart(part, config);
            config.put(PART, part);
            config.put(THETA, rotary.kinds().getFirst().base());
        }
    }

    @Override
    public boolean fusesQueryKeyValue() {
        return true;
    }

    @Override
    public String prefix() {
        return "gpt_neox.";
    }

    @Override
    public String module(Part part) {
        return switch (part) {
            case TOKEN_EMBEDDING -> "gpt_neox.embed_in";
            case ATTENTION_NORM -> "gpt_neox.layers.*.input_layernorm";
            case QUERY_KEY_VALUE -> "gpt_neox.layers.*.attention.query_key_value";
            case ATTENTION_OUTPUT -> "gpt_neox.layers.*.attention.dense";
            case MLP_NORM -> "gpt_neox.layers.*.post_attention_layernorm";
            case UP -> "gpt_neox.layers.*.mlp.dense_h_to_4h";
            case DOWN -> "gpt_neox.layers.*.mlp.dense_4h_to_h";
            case FINAL_NORM -> "gpt_neox.final_layer_norm";
            case HEAD -> "embed_out";
            case CLASSIFIER -> "score";
            default -> throw new IllegalArgumentException("GPT-NeoX has no " + part);
        };
    }

    @Override
    public List<Piece> pieces(
            Architecture architecture, Part part, String name, int rows, int columns) {
        return part == Part.QUERY_KEY_VALUE
                ? FusedHeads.pieces(architecture.attention(), name, rows, columns)
                : List.of(new Piece(name, rows, columns));
    }

    @Override
    public List<String> otherNames(String tensor) {
        return tensor.equals("embed_out.weight") ? List.of("lm_head.weight") : List.of();
    }

    @Override
    public boolean ignores(String tensor) {
        return NO_WEIGHT.matcher(tensor).matches();
    }

    @Override
    public Set<Part> adapted() {
        return Set.of(Part.QUERY_KEY_VALUE);
    }
}
