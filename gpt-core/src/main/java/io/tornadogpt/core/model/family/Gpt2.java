package io.tornadogpt.core.model.family;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.BadFileException;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.model.ModelConfig;
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

import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// GPT-2 (Radford et al., "Language Models are Unsupervised Multitask Learners", 2019), distilgpt2,
/// and models that nanoGPT and this library train.
///
/// Linear weights are stored as `[in, out]`. `transformers` knows no GPT-2 without biases: such a
/// model is written with biases of zero and `"tornadogpt.bias": false`, and comes back as it was.
public final class Gpt2 implements Family {
    public static final Gpt2 FAMILY = new Gpt2();

    /// What keys of ours begin with; one that is not known may not be ignored.
    private static final String OURS = "tornadogpt.";

    /// Whether linear layers and norms have biases.
    static final String BIAS = OURS + "bias";

    private static final Set<String> KNOWN = Set.of(BIAS, ModelConfig.POOLING);

    /// Causal masks that older files carry along.
    private static final Pattern MASK =
            Pattern.compile("(transformer\\.)?h\\.\\d+\\.attn\\.(bias|masked_bias)");

    private static final double DROPOUT = 0.1;

    private Gpt2() {}

    @Override
    public String modelType() {
        return "gpt2";
    }

    @Override
    public String architectureClass(Task task) {
        return switch (task) {
            case Task.Tokens _ -> "GPT2LMHeadModel";
            case Task.HiddenStates _ -> "GPT2Model";
            case Task.Labels _ -> "GPT2ForSequenceClassification";
        };
    }

    @Override
    public Architecture read(ConfigDocument config) throws ModelFileException {
        refuseUnknownOfOurs(config);
        config.requireFlag("scale_attn_by_inverse_layer_idx", false);
        config.requireFlag("add_cross_attention", false);
        int width = config.size("n_embd", "hidden_size", 768);
        int heads = config.size("n_head", "num_attention_heads", 12);
        if (width % heads != 0) {
            throw config.bad(
                    "n_embd", "is %d, which n_head, %d, does not divide".formatted(width, heads));
        }
        int context = config.size("n_positions", "max_position_embeddings", 1024);
        requireElements(config, "n_embd", width, 4L * width);
        requireElements(config, "n_positions", width, context);
        int vocabulary = config.integer("vocab_size", 50257);
        requireElements(config, "vocab_size", width, vocabulary);
        int headSize = width / heads;
        boolean scaled = config.flag("scale_attn_weights", true);
        boolean bias = config.flag(BIAS, true);
        return new Architecture(
                config.layers("n_layer", "num_hidden_layers", 12),
                width,
                vocabulary,
                context,
                Norms.before(new Norm.Layer(config.positive("layer_norm_epsilon", 1e-5), bias)),
                new Position.Learned(0),
                AttentionShape.causal(heads, heads, headSize, bias, bias)
                        .withScale(scaled ? 1 / Math.sqrt(headSize) : 1, 0),
                new Mlp.Plain(
                        config.has("n_inner") ? config.integer("n_inner", 1) : 4 * width,
                        ActivationNames.read(config, "activation_function", "gelu_new"),
                        bias),
                BlockForm.SEQUENTIAL,
                EmbeddingShape.plain(config.flag("tie_word_embeddings", true)),
                Head.PLAIN,
                new Dropouts(
                        config.probability("embd_pdrop", DROPOUT),
                        config.probability("attn_pdrop", DROPOUT),
                        config.probability("resid_pdrop", DROPOUT)));
    }

    /// A size that makes weights of more elements than an array may have is refused by its key.
    static void requireElements(ConfigDocument config, String key, int width, long rows)
            throws ModelFileException {
        if (rows > (Integer.MAX_VALUE - 8) / width) {
            throw config.bad(
                    key,
                    "makes a weight of %d x %d elements, which is too large"
                            .formatted(rows, width));
        }
    }

    static void refuseUnknownOfOurs(ConfigDocument config) throws ModelFileException {
        for (Iterator<String> names = config.keys(); names.hasNext(); ) {
            String name = names.next();
            if (name.startsWith(OURS) && !KNOWN.contains(name)) {
                throw config.bad(
                        "key " + BadFileException.quote(name),
                        "is unknown, so a newer version wrote it");
            }
        }
    }

    @Override
    public void write(Architecture a, ObjectNode config) {
        config.put("n_layer", a.layers());
        config.put("n_head", a.attention().heads());
        config.put("n_embd", a.width());
        config.put("n_positions", a.context());
        config.put("vocab_size", a.vocabulary());
        config.put("activation_function", ActivationNames.of(a.mlp().activation()));
        config.put("layer_norm_epsilon", a.norms().kind().epsilon());
        config.put("resid_pdrop", a.dropout().residual());
        config.put("embd_pdrop", a.dropout().embedding());
        config.put("attn_pdrop", a.dropout().attention());
        config.put("tie_word_embeddings", a.embedding().tied());
        if (a.mlp().hidden() != 4 * a.width()) {
            config.put("n_inner", a.mlp().hidden());
        }
        if (a.attention().scale() == 1 && a.attention().headSize() != 1) {
            config.put("scale_attn_weights", false);
        }
        if (!a.mlp().bias()) {
            config.put(BIAS, false);
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
            case TOKEN_EMBEDDING -> "transformer.wte";
            case POSITION_EMBEDDING -> "transformer.wpe";
            case ATTENTION_NORM -> "transformer.h.*.ln_1";
            case QUERY_KEY_VALUE -> "transformer.h.*.attn.c_attn";
            case ATTENTION_OUTPUT -> "transformer.h.*.attn.c_proj";
            case MLP_NORM -> "transformer.h.*.ln_2";
            case UP -> "transformer.h.*.mlp.c_fc";
            case DOWN -> "transformer.h.*.mlp.c_proj";
            case FINAL_NORM -> "transformer.ln_f";
            case HEAD -> "lm_head";
            case CLASSIFIER -> "score";
            default -> throw new IllegalArgumentException("GPT-2 has no " + part);
        };
    }

    @Override
    public List<Piece> pieces(
            Architecture architecture, Part part, String name, int rows, int columns) {
        var piece = new Piece(name, rows, columns);
        return List.of(isConv1D(part) && name.endsWith(".weight") ? piece.turnedRound() : piece);
    }

    private static boolean isConv1D(Part part) {
        return switch (part) {
            case QUERY_KEY_VALUE, ATTENTION_OUTPUT, UP, DOWN -> true;
            default -> false;
        };
    }

    /// Always with biases.
    @Override
    public Architecture stored(Architecture a) {
        return a.mlp().bias() ? a : withBiases(a);
    }

    private static Architecture withBiases(Architecture a) {
        AttentionShape attention = a.attention();
        return new Architecture(
                a.layers(),
                a.width(),
                a.vocabulary(),
                a.context(),
                Norms.before(new Norm.Layer(a.norms().kind().epsilon(), true)),
                a.position(),
                AttentionShape.causal(
                                attention.heads(),
                                attention.keyValueHeads(),
                                attention.headSize(),
                                true,
                                true)
                        .withScale(attention.scale(), 0),
                new Mlp.Plain(a.mlp().hidden(), a.mlp().activation(), true),
                a.form(),
                a.embedding(),
                a.head(),
                a.dropout());
    }

    @Override
    public boolean ignores(String tensor) {
        return MASK.matcher(tensor).matches();
    }

    @Override
    public Set<Part> adapted() {
        return Set.of(Part.QUERY_KEY_VALUE);
    }
}
