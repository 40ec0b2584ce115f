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

/// Falcon (Almazrouei et al., "The Falcon Series of Open Language Models", 2023): 7B with one
/// key-value head and one norm before attention and MLP side by side, 40B with groups of heads and
/// two norms, and the models with ALiBi, whose blocks may be sequential.
public final class Falcon implements Family {
    public static final Falcon FAMILY = new Falcon();

    private static final String HEADS = "num_attention_heads";
    private static final String KEY_VALUE_HEADS = "num_kv_heads";
    private static final String NEW = "new_decoder_architecture";
    private static final String ONE_KEY = "multi_query";
    private static final String PARALLEL = "parallel_attn";
    private static final String NORMS = "num_ln_in_parallel_attn";
    private static final String ALIBI = "alibi";

    private Falcon() {}

    @Override
    public String modelType() {
        return "falcon";
    }

    @Override
    public String architectureClass(Task task) {
        return switch (task) {
            case Task.Tokens _ -> "FalconForCausalLM";
            case Task.HiddenStates _ -> "FalconModel";
            case Task.Labels _ -> "FalconForSequenceClassification";
        };
    }

    @Override
    public Architecture read(ConfigDocument config) throws ModelFileException {
        int width = config.size("n_embed", "hidden_size", 4544);
        int heads = config.integer(HEADS, 71);
        int size = config.divided("hidden_size", width, HEADS, heads);
        int context = config.integer("max_position_embeddings", 2048);
        boolean bias = config.flag("bias", false);
        RotaryConfig.requireWhole(config);
        return new Architecture(
                config.layers("num_hidden_layers", "num_hidden_layers", 32),
                width,
                config.integer("vocab_size", 65_024),
                context,
                Norms.before(new Norm.Layer(config.positive("layer_norm_epsilon", 1e-5), true)),
                position(config, size, context),
                AttentionShape.causal(heads, keyValueHeads(config, heads), size, bias, bias),
                new Mlp.Plain(
                        config.integer("ffn_hidden_size", 4 * width),
                        ActivationNames.read(config, "activation", "gelu"),
                        bias),
                form(config),
                EmbeddingShape.plain(config.flag("tie_word_embeddings", true)),
                Head.PLAIN,
                new Dropouts(
                        0,
                        config.probability("attention_dropout", 0),
                        config.probability("hidden_dropout", 0)));
    }

    private static Position position(ConfigDocument config, int size, int context)
            throws ModelFileException {
        return config.flag(ALIBI, false)
                ? new Position.Alibi(1 / Math.sqrt(size), true)
                : new Position.Rotary(
                        size,
                        false,
                        List.of(RotaryConfig.read(config, RotaryConfig.BASE, context)),
                        List.of());
    }

    private static int keyValueHeads(ConfigDocument config, int heads) throws ModelFileException {
        boolean one = !config.flag(NEW, false) && config.flag(ONE_KEY, true);
        int given = config.integer(KEY_VALUE_HEADS, heads);
        if (!one && !config.flag(NEW, false) && given != heads) {
            throw config.bad(
                    KEY_VALUE_HEADS,
                    "is %d, but without %s each of the %d heads has its own"
                            .formatted(given, NEW, heads));
        }
        return one ? 1 : given;
    }

    private static BlockForm form(ConfigDocument config) throws ModelFileException {
        boolean parallel = config.flag(PARALLEL, true);
        boolean grouped = config.flag(NEW, false);
        if (grouped && !parallel) {
            throw config.bad(PARALLEL, "is false, which is not supported with " + NEW);
        }
        int norms = config.integer(NORMS, grouped ? 2 : 1);
        if (norms > 2 || norms == 2 && !grouped) {
            throw config.bad(NORMS, "is %d; supported: 1, and 2 with %s".formatted(norms, NEW));
        }
        if (!parallel) {
            return BlockForm.SEQUENTIAL;
        }
        return norms == 2 ? BlockForm.PARALLEL_TWO_NORMS : BlockForm.PARALLEL_ONE_NORM;
    }

    @Override
    public void write(Architecture a, ObjectNode config) {
        AttentionShape attention = a.attention();
        boolean one = attention.keyValueHeads() == 1;
        boolean twoNorms = a.form() == BlockForm.PARALLEL_TWO_NORMS;
        boolean grouped = twoNorms || !one && attention.keyValueHeads() != attention.heads();
        config.put("hidden_size", a.width());
        config.put("num_hidden_layers", a.layers());
        config.put(HEADS, attention.heads());
        config.put(KEY_VALUE_HEADS, grouped ? attention.keyValueHeads() : attention.heads());
        config.put(NEW, grouped);
        config.put(ONE_KEY, one || grouped);
        config.put(PARALLEL, a.form() != BlockForm.SEQUENTIAL);
        if (grouped) {
            config.put(NORMS, twoNorms ? 2 : 1);
        }
        config.put("ffn_hidden_size", a.mlp().hidden());
        config.put("activation", ActivationNames.of(a.mlp().activation()));
        config.put("max_position_embeddings", a.context());
        config.put("layer_norm_epsilon", a.norms().kind().epsilon());
        config.put("vocab_size", a.vocabulary());
        config.put("tie_word_embeddings", a.embedding().tied());
        config.put("bias", a.mlp().bias());
        config.put("attention_dropout", a.dropout().attention());
        config.put("hidden_dropout", a.dropout().residual());
        config.put(ALIBI, a.position() instanceof Position.Alibi);
        if (a.position() instanceof Position.Rotary rotary) {
            RotaryConfig.write(rotary.kinds().getFirst(), config);
        }
    }

    @Override
    public boolean fusesQueryKeyValue() {
        return true;
    }

    @Override
    public String prefix() {
        return "transformer.";
    }

    @Override
    public String module(Part part) {
        return switch (part) {
            case TOKEN_EMBEDDING -> "transformer.word_embeddings";
            case ATTENTION_NORM -> "transformer.h.*.input_layernorm";
            case QUERY_KEY_VALUE -> "transformer.h.*.self_attention.query_key_value";
            case ATTENTION_OUTPUT -> "transformer.h.*.self_attention.dense";
            case MLP_NORM -> "transformer.h.*.post_attention_layernorm";
            case UP -> "transformer.h.*.mlp.dense_h_to_4h";
            case DOWN -> "transformer.h.*.mlp.dense_4h_to_h";
            case FINAL_NORM -> "transformer.ln_f";
            case HEAD -> "lm_head";
            case CLASSIFIER -> "score";
            default -> throw new IllegalArgumentException("Falcon has no " + part);
        };
    }

    /// With two norms side by side they have names of their own.
    @Override
    public List<Piece> pieces(
            Architecture architecture, Part part, String name, int rows, int columns) {
        boolean two = architecture.form() == BlockForm.PARALLEL_TWO_NORMS;
        return switch (part) {
            case QUERY_KEY_VALUE ->
                    FusedHeads.pieces(architecture.attention(), name, rows, columns);
            case ATTENTION_NORM ->
                    List.of(
                            new Piece(
                                    two ? name.replace("input_layernorm", "ln_attn") : name,
                                    rows,
                                    columns));
            case MLP_NORM ->
                    List.of(
                            new Piece(
                                    two ? name.replace("post_attention_layernorm", "ln_mlp") : name,
                                    rows,
                                    columns));
            default -> List.of(new Piece(name, rows, columns));
        };
    }

    @Override
    public boolean ignores(String tensor) {
        return tensor.endsWith(".rotary_emb.inv_freq");
    }

    @Override
    public Set<Part> adapted() {
        return Set.of(Part.QUERY_KEY_VALUE);
    }
}
