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
import io.tornadogpt.core.op.Activation.Function;

import java.util.List;
import java.util.regex.Pattern;

/// BERT (Devlin et al., 2019) and models of its form, such as MiniLM: norms behind each sum, two
/// types of tokens, a pooler.
public final class Bert implements Family {
    public static final Bert FAMILY = new Bert();

    private static final String POSITIONS = "max_position_embeddings";
    private static final String KIND = "position_embedding_type";
    private static final String TIED = "tie_word_embeddings";
    private static final String HIDDEN_DROPOUT = "hidden_dropout_prob";
    private static final String ATTENTION_DROPOUT = "attention_probs_dropout_prob";

    private static final String HEAD_BIAS = "cls.predictions.bias";
    private static final String UNTIED_HEAD_BIAS = "cls.predictions.decoder.bias";

    /// What is no weight, and the parts of a pre-trained model that the one at hand does without.
    private static final Pattern NO_WEIGHT =
            Pattern.compile(
                    "(bert\\.)?embeddings\\.position_ids|(bert\\.)?pooler\\..*"
                            + "|cls\\.seq_relationship\\..*|cls\\.predictions\\.(decoder\\.)?bias");

    private Bert() {}

    @Override
    public String modelType() {
        return "bert";
    }

    @Override
    public String architectureClass(Task task) {
        return switch (task) {
            case Task.Tokens _ -> "BertForMaskedLM";
            case Task.HiddenStates _ -> "BertModel";
            case Task.Labels _ -> "BertForSequenceClassification";
        };
    }

    @Override
    public Architecture read(ConfigDocument config) throws ModelFileException {
        Function activation = ActivationNames.read(config, "hidden_act", "gelu");
        var labels = new Head.Labels(Head.Layer.POOLER, Function.TANH, true, true);
        return read(config, 0, new Head(new Head.Transform(activation, true), true, 0, labels));
    }

    /// Reads an architecture of BERT's form.
    ///
    /// @param offset rows of the table of positions before the first
    static Architecture read(ConfigDocument config, int offset, Head head)
            throws ModelFileException {
        config.requireFlag("is_decoder", false);
        config.requireFlag("add_cross_attention", false);
        String kind = config.text(KIND, "absolute");
        if (!kind.equals("absolute")) {
            throw config.bad(
                    KIND, "is %s; supported: absolute".formatted(BadFileException.quote(kind)));
        }
        int width = config.integer("hidden_size", 768);
        int heads = config.integer("num_attention_heads", 12);
        int size = config.divided("hidden_size", width, "num_attention_heads", heads);
        int rows = config.integer(POSITIONS, 512);
        if (rows <= offset) {
            throw config.bad(
                    POSITIONS,
                    "is %d, of which the first %d are no positions".formatted(rows, offset));
        }
        double dropout = config.probability(HIDDEN_DROPOUT, 0.1);
        return new Architecture(
                config.layers("num_hidden_layers", "num_hidden_layers", 12),
                width,
                config.integer("vocab_size", 30_522),
                rows - offset,
                new Norms(
                        new Norm.Layer(config.positive("layer_norm_eps", 1e-12), true),
                        Placement.AFTER,
                        false,
                        true,
                        false),
                new Position.Learned(offset),
                AttentionShape.causal(heads, heads, size, true, true).bidirectional(),
                new Mlp.Plain(
                        config.integer("intermediate_size", 3072),
                        ActivationNames.read(config, "hidden_act", "gelu"),
                        true),
                BlockForm.SEQUENTIAL,
                new EmbeddingShape(
                        1, config.flag(TIED, true), config.integer("type_vocab_size", 2)),
                head,
                new Dropouts(dropout, config.probability(ATTENTION_DROPOUT, 0.1), dropout));
    }

    @Override
    public void write(Architecture a, ObjectNode config) {
        writeSizes(a, config);
    }

    /// Writes what the other [#read] reads.
    static void writeSizes(Architecture a, ObjectNode config) {
        int offset = a.position() instanceof Position.Learned(int rows) ? rows : 0;
        config.put("hidden_size", a.width());
        config.put("num_hidden_layers", a.layers());
        config.put("num_attention_heads", a.attention().heads());
        config.put("intermediate_size", a.mlp().hidden());
        config.put("hidden_act", ActivationNames.of(a.mlp().activation()));
        config.put(POSITIONS, a.context() + offset);
        config.put(KIND, "absolute");
        config.put("type_vocab_size", a.embedding().tokenTypes());
        config.put("vocab_size", a.vocabulary());
        config.put("layer_norm_eps", a.norms().kind().epsilon());
        config.put(TIED, a.embedding().tied());
        config.put(HIDDEN_DROPOUT, a.dropout().residual());
        config.put(ATTENTION_DROPOUT, a.dropout().attention());
    }

    @Override
    public String prefix() {
        return "bert.";
    }

    @Override
    public String module(Part part) {
        return switch (part) {
            case HEAD_TRANSFORM -> "cls.predictions.transform.dense";
            case HEAD_NORM -> "cls.predictions.transform.LayerNorm";
            case HEAD -> "cls.predictions.decoder";
            case CLASSIFIER -> "classifier";
            default -> prefix() + encoderModule(part);
        };
    }

    /// The names that BERT and RoBERTa share, without the prefix.
    static String encoderModule(Part part) {
        return switch (part) {
            case TOKEN_EMBEDDING -> "embeddings.word_embeddings";
            case POSITION_EMBEDDING -> "embeddings.position_embeddings";
            case TYPE_EMBEDDING -> "embeddings.token_type_embeddings";
            case EMBEDDING_NORM -> "embeddings.LayerNorm";
            case QUERY -> "encoder.layer.*.attention.self.query";
            case KEY -> "encoder.layer.*.attention.self.key";
            case VALUE -> "encoder.layer.*.attention.self.value";
            case ATTENTION_OUTPUT -> "encoder.layer.*.attention.output.dense";
            case ATTENTION_NORM -> "encoder.layer.*.attention.output.LayerNorm";
            case UP -> "encoder.layer.*.intermediate.dense";
            case DOWN -> "encoder.layer.*.output.dense";
            case MLP_NORM -> "encoder.layer.*.output.LayerNorm";
            case POOLER -> "pooler.dense";
            default -> throw new IllegalArgumentException("BERT has no " + part);
        };
    }

    /// The bias of a tied head lies beside it.
    @Override
    public List<Piece> pieces(
            Architecture architecture, Part part, String name, int rows, int columns) {
        boolean beside =
                architecture.embedding().tied()
                        && part == Part.HEAD
                        && name.equals(UNTIED_HEAD_BIAS);
        return List.of(new Piece(beside ? HEAD_BIAS : name, rows, columns));
    }

    /// `transformers` reads another bias of an untied head that it does not use.
    @Override
    public List<String> copies(String tensor) {
        return tensor.equals(UNTIED_HEAD_BIAS) ? List.of(HEAD_BIAS) : List.of();
    }

    /// The first files name the weights of norms as TensorFlow does.
    @Override
    public List<String> otherNames(String tensor) {
        if (!tensor.contains("LayerNorm.")) {
            return List.of();
        }
        return List.of(
                tensor.replace("LayerNorm.weight", "LayerNorm.gamma")
                        .replace("LayerNorm.bias", "LayerNorm.beta"));
    }

    @Override
    public boolean ignores(String tensor) {
        return NO_WEIGHT.matcher(tensor).matches();
    }
}
