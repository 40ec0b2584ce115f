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
import io.tornadogpt.core.op.Activation.Function;

/// DistilBERT (Sanh et al., 2019): BERT without types of tokens and without a pooler.
public final class DistilBert implements Family {
    public static final DistilBert FAMILY = new DistilBert();

    private static final double EPSILON = 1e-12;
    private static final String WIDTH = "dim";
    private static final String HEADS = "n_heads";
    private static final String LAYERS = "n_layers";
    private static final String DROPOUT = "dropout";

    private DistilBert() {}

    @Override
    public String modelType() {
        return "distilbert";
    }

    @Override
    public String architectureClass(Task task) {
        return switch (task) {
            case Task.Tokens _ -> "DistilBertForMaskedLM";
            case Task.HiddenStates _ -> "DistilBertModel";
            case Task.Labels _ -> "DistilBertForSequenceClassification";
        };
    }

    @Override
    public Architecture read(ConfigDocument config) throws ModelFileException {
        int width = config.size(WIDTH, "hidden_size", 768);
        int heads = config.size(HEADS, "num_attention_heads", 12);
        int size = config.divided(WIDTH, width, HEADS, heads);
        Function activation = ActivationNames.read(config, "activation", "gelu");
        double dropout = config.probability(DROPOUT, 0.1);
        return new Architecture(
                config.layers(LAYERS, "num_hidden_layers", 6),
                width,
                config.integer("vocab_size", 30_522),
                config.integer("max_position_embeddings", 512),
                new Norms(new Norm.Layer(EPSILON, true), Placement.AFTER, false, true, false),
                new Position.Learned(0),
                AttentionShape.causal(heads, heads, size, true, true).bidirectional(),
                new Mlp.Plain(config.integer("hidden_dim", 3072), activation, true),
                BlockForm.SEQUENTIAL,
                EmbeddingShape.plain(config.flag("tie_word_embeddings", true)),
                new Head(
                        new Head.Transform(activation, true),
                        true,
                        0,
                        new Head.Labels(Head.Layer.OWN, Function.RELU, false, true)),
                new Dropouts(dropout, config.probability("attention_dropout", 0.1), dropout));
    }

    @Override
    public void write(Architecture a, ObjectNode config) {
        config.put(WIDTH, a.width());
        config.put(LAYERS, a.layers());
        config.put(HEADS, a.attention().heads());
        config.put("hidden_dim", a.mlp().hidden());
        config.put("activation", ActivationNames.of(a.mlp().activation()));
        config.put("max_position_embeddings", a.context());
        config.put("vocab_size", a.vocabulary());
        config.put("tie_word_embeddings", a.embedding().tied());
        config.put(DROPOUT, a.dropout().residual());
        config.put("attention_dropout", a.dropout().attention());
    }

    @Override
    public String prefix() {
        return "distilbert.";
    }

    @Override
    public String module(Part part) {
        return switch (part) {
            case TOKEN_EMBEDDING -> "distilbert.embeddings.word_embeddings";
            case POSITION_EMBEDDING -> "distilbert.embeddings.position_embeddings";
            case EMBEDDING_NORM -> "distilbert.embeddings.LayerNorm";
            case QUERY -> "distilbert.transformer.layer.*.attention.q_lin";
            case KEY -> "distilbert.transformer.layer.*.attention.k_lin";
            case VALUE -> "distilbert.transformer.layer.*.attention.v_lin";
            case ATTENTION_OUTPUT -> "distilbert.transformer.layer.*.attention.out_lin";
            case ATTENTION_NORM -> "distilbert.transformer.layer.*.sa_layer_norm";
            case UP -> "distilbert.transformer.layer.*.ffn.lin1";
            case DOWN -> "distilbert.transformer.layer.*.ffn.lin2";
            case MLP_NORM -> "distilbert.transformer.layer.*.output_layer_norm";
            case HEAD_TRANSFORM -> "vocab_transform";
            case HEAD_NORM -> "vocab_layer_norm";
            case HEAD -> "vocab_projector";
            case CLASSIFIER_TRANSFORM -> "pre_classifier";
            case CLASSIFIER -> "classifier";
            default -> throw new IllegalArgumentException("DistilBERT has no " + part);
        };
    }

    @Override
    public boolean ignores(String tensor) {
        return tensor.endsWith("embeddings.position_ids");
    }
}
