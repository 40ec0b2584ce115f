package io.tornadogpt.core.model.family;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.BadFileException;
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
import io.tornadogpt.core.model.arch.RotaryScaling;
import io.tornadogpt.core.op.Activation.Function;

import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/// ModernBERT (Warner et al., 2024): layers that see all positions, and between them layers that
/// see a window, each with a rotary base of its own; gated MLPs; norms before, but for the first.
///
/// Dropout of the MLP acts on what it adds here, and on its inner elements in PyTorch's model.
public final class ModernBert implements Family {
    public static final ModernBert FAMILY = new ModernBert();

    private static final String PERIOD = "global_attn_every_n_layers";
    private static final String WINDOW = "local_attention";
    private static final String GLOBAL_THETA = "global_rope_theta";
    private static final String LOCAL_THETA = "local_rope_theta";
    private static final String POOLING = "classifier_pooling";
    private static final String NORM_BIAS = "norm_bias";
    private static final String BIAS = "attention_bias";
    private static final String MLP_BIAS = "mlp_bias";
    private static final String HEAD_BIAS = "decoder_bias";
    private static final String TRANSFORM_BIAS = "classifier_bias";
    private static final String TRANSFORM_ACTIVATION = "classifier_activation";
    private static final int GLOBAL = 0;
    private static final int LOCAL = 1;
    private static final String GATED = ".mlp.Wi";
    private static final String GATE = GATED + ".gate";
    private static final String UP = GATED + ".up";

    private ModernBert() {}

    @Override
    public String modelType() {
        return "modernbert";
    }

    @Override
    public String architectureClass(Task task) {
        return switch (task) {
            case Task.Tokens _ -> "ModernBertForMaskedLM";
            case Task.HiddenStates _ -> "ModernBertModel";
            case Task.Labels _ -> "ModernBertForSequenceClassification";
        };
    }

    @Override
    public Architecture read(ConfigDocument config) throws ModelFileException {
        int width = config.integer("hidden_size", 768);
        int heads = config.integer("num_attention_heads", 12);
        int size = config.divided("hidden_size", width, "num_attention_heads", heads);
        int layers = config.layers("num_hidden_layers", "num_hidden_layers", 22);
        int period = config.integer(PERIOD, 3);
        List<Boolean> local = LayerTypes.read(config, layers, layer -> layer % period != 0);
        int context = config.integer("max_position_embeddings", 8192);
        boolean bias = config.flag(BIAS, false);
        // So many positions to either side, and the one in the middle.
        int window = config.integer(WINDOW, 128) / 2 + 1;
        return new Architecture(
                layers,
                width,
                config.integer("vocab_size", 50_368),
                context,
                new Norms(
                        new Norm.Layer(
                                config.positive("norm_eps", 1e-5), config.flag(NORM_BIAS, false)),
                        Placement.BEFORE,
                        true,
                        true,
                        true),
                new Position.Rotary(
                        size,
                        false,
                        angles(config, context),
                        local.stream().map(is -> is ? LOCAL : GLOBAL).toList()),
                AttentionShape.causal(heads, heads, size, bias, bias)
                        .bidirectional()
                        .withWindows(LayerTypes.windows(local, window)),
                new Mlp.Gated(
                        config.integer("intermediate_size", 1152),
                        ActivationNames.read(config, "hidden_activation", "gelu"),
                        config.flag(MLP_BIAS, false)),
                BlockForm.SEQUENTIAL,
                EmbeddingShape.plain(config.flag("tie_word_embeddings", true)),
                head(config),
                new Dropouts(
                        config.probability("embedding_dropout", 0),
                        config.probability("attention_dropout", 0),
                        config.probability("mlp_dropout", 0)));
    }

    private static List<Position.Angles> angles(ConfigDocument config, int context)
            throws ModelFileException {
        RotaryScaling scaling = RotaryConfig.scalingOf(config, context);
        double global = config.positive(GLOBAL_THETA, 160_000);
        double local =
                config.positive(
                        LOCAL_THETA, config.isNull(LOCAL_THETA) ? global : RotaryConfig.BASE);
        return List.of(
                RotaryConfig.ofType(config, LayerTypes.FULL, global, scaling, context),
                RotaryConfig.ofType(config, LayerTypes.SLIDING, local, scaling, context));
    }

    private static Head head(ConfigDocument config) throws ModelFileException {
        Function activation = ActivationNames.read(config, TRANSFORM_ACTIVATION, "gelu");
        return new Head(
                new Head.Transform(activation, config.flag(TRANSFORM_BIAS, false)),
                config.flag(HEAD_BIAS, true),
                0,
                new Head.Labels(Head.Layer.TRANSFORM, activation, false, true));
    }

    @Override
    public List<Task.Pooling> poolings(Architecture architecture) {
        return List.of(Task.Pooling.FIRST, Task.Pooling.MEAN);
    }

    @Override
    public Task.Pooling pooling(ConfigDocument config, Architecture architecture)
            throws ModelFileException {
        String pooling = config.text(POOLING, "cls");
        return switch (pooling) {
            case "cls" -> Task.Pooling.FIRST;
            case "mean" -> Task.Pooling.MEAN;
            default ->
                    throw config.bad(
                            POOLING,
                            "is %s; supported: cls, mean"
                                    .formatted(BadFileException.quote(pooling)));
        };
    }

    @Override
    public void write(Task task, ObjectNode config) {
        if (task instanceof Task.Labels(List<String> _, Task.Pooling pooling)) {
            config.put(POOLING, pooling == Task.Pooling.MEAN ? "mean" : "cls");
        }
    }

    @Override
    public void write(Architecture a, ObjectNode config) {
        config.put("hidden_size", a.width());
        config.put("num_hidden_layers", a.layers());
        config.put("num_attention_heads", a.attention().heads());
        config.put("intermediate_size", a.mlp().hidden());
        config.put("hidden_activation", ActivationNames.of(a.mlp().activation()));
        config.put("max_position_embeddings", a.context());
        config.put("vocab_size", a.vocabulary());
        config.put("norm_eps", a.norms().kind().epsilon());
        config.put(NORM_BIAS, a.norms().kind() instanceof Norm.Layer(double _, boolean b) && b);
        config.put(BIAS, a.attention().queryBias());
        config.put(MLP_BIAS, a.mlp().bias());
        config.put(HEAD_BIAS, a.head().bias());
        Head.Transform transform = a.head().transform();
        if (transform != null) {
            config.put(TRANSFORM_BIAS, transform.bias());
            config.put(TRANSFORM_ACTIVATION, ActivationNames.of(transform.activation()));
        }
        config.put("tie_word_embeddings", a.embedding().tied());
        config.put("embedding_dropout", a.dropout().embedding());
        config.put("attention_dropout", a.dropout().attention());
        config.put("mlp_dropout", a.dropout().residual());
        writeLayers(a, config);
    }

    private static void writeLayers(Architecture a, ObjectNode config) {
        List<Boolean> local = LayerTypes.of(a);
        int window = LayerTypes.window(a);
        LayerTypes.write(local, config);
        config.put(WINDOW, window == 0 ? 128 : 2 * (window - 1));
        int period =
                IntStream.range(1, a.layers())
                        .filter(i -> !local.get(i))
                        .findFirst()
                        .orElse(a.layers());
        config.put(PERIOD, period); // transformers 4, where layers alternate evenly
        if (a.position() instanceof Position.Rotary rotary) {
            Position.Angles global = rotary.kinds().get(GLOBAL);
            Position.Angles near = rotary.kinds().get(LOCAL);
            RotaryConfig.writeType(LayerTypes.FULL, global, config);
            RotaryConfig.writeType(LayerTypes.SLIDING, near, config);
            config.put(GLOBAL_THETA, global.base());
            config.put(LOCAL_THETA, near.base());
        }
    }

    @Override
    public boolean fusesQueryKeyValue() {
        return true;
    }

    @Override
    public String prefix() {
        return "model.";
    }

    @Override
    public String module(Part part) {
        return switch (part) {
            case TOKEN_EMBEDDING -> "model.embeddings.tok_embeddings";
            case EMBEDDING_NORM -> "model.embeddings.norm";
            case ATTENTION_NORM -> "model.layers.*.attn_norm";
            case QUERY_KEY_VALUE -> "model.layers.*.attn.Wqkv";
            case ATTENTION_OUTPUT -> "model.layers.*.attn.Wo";
            case MLP_NORM -> "model.layers.*.mlp_norm";
            case GATE -> "model.layers.*" + GATE;
            case Part.UP -> "model.layers.*" + UP;
            case DOWN -> "model.layers.*.mlp.Wo";
            case FINAL_NORM -> "model.final_norm";
            case HEAD_TRANSFORM -> "head.dense";
            case HEAD_NORM -> "head.norm";
            case HEAD -> "decoder";
            case CLASSIFIER -> "classifier";
            default -> throw new IllegalArgumentException("ModernBERT has no " + part);
        };
    }

    /// Gate and value of the MLP are one tensor, the gate first.
    @Override
    public List<Piece> pieces(
            Architecture architecture, Part part, String name, int rows, int columns) {
        return switch (part) {
            case GATE ->
                    List.of(Piece.rowsOf(name.replace(GATE, GATED), 0, rows, columns, 2 * rows));
            case Part.UP ->
                    List.of(Piece.rowsOf(name.replace(UP, GATED), rows, rows, columns, 2 * rows));
            default -> List.of(new Piece(name, rows, columns));
        };
    }

    @Override
    public Set<Part> adapted() {
        return Set.of(Part.QUERY_KEY_VALUE);
    }
}
