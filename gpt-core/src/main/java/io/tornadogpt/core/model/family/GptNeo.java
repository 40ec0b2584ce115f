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

/// GPT-Neo (Black et al., 2021) and TinyStories (Eldan and Li, 2023): scores as they are, no biases
/// in the projections to queries, keys and values, and some layers that see a window only.
///
/// Queries, keys and values are three stored tensors and one layer here, as in GPT-2.
public final class GptNeo implements Family {
    public static final GptNeo FAMILY = new GptNeo();

    private static final Pattern MASK =
            Pattern.compile("(transformer\\.)?h\\.\\d+\\.attn\\.(attention\\.)?(bias|masked_bias)");

    private static final String QUERY_KEY_VALUE = "attn.c_attn";

    private GptNeo() {}

    @Override
    public String modelType() {
        return "gpt_neo";
    }

    @Override
    public String architectureClass(Task task) {
        return switch (task) {
            case Task.Tokens _ -> "GPTNeoForCausalLM";
            case Task.HiddenStates _ -> "GPTNeoModel";
            case Task.Labels _ -> "GPTNeoForSequenceClassification";
        };
    }

    @Override
    public Architecture read(ConfigDocument config) throws ModelFileException {
        Gpt2.refuseUnknownOfOurs(config);
        int width = config.integer("hidden_size", 2048);
        int heads = config.size("num_heads", "num_attention_heads", 16);
        if (width % heads != 0) {
            throw config.bad(
                    "hidden_size",
                    "is %d, which num_heads, %d, does not divide".formatted(width, heads));
        }
        int context = config.integer("max_position_embeddings", 2048);
        Gpt2.requireElements(config, "hidden_size", width, 4L * width);
        Gpt2.requireElements(config, "max_position_embeddings", width, context);
        int vocabulary = config.integer("vocab_size", 50257);
        Gpt2.requireElements(config, "vocab_size", width, vocabulary);
        int layers = config.layers("num_layers", "num_hidden_layers", 24);
        boolean bias = config.flag(Gpt2.BIAS, true);
        int hidden =
                config.has("intermediate_size")
                        ? config.integer("intermediate_size", 1)
                        : 4 * width;
        return new Architecture(
                layers,
                width,
                vocabulary,
                context,
                Norms.before(new Norm.Layer(config.positive("layer_norm_epsilon", 1e-5), bias)),
                new Position.Learned(0),
                AttentionShape.causal(heads, heads, width / heads, false, bias)
                        .withScale(1, 0)
                        .withWindows(NeoAttention.read(config, layers).windows()),
                new Mlp.Plain(
                        hidden,
                        ActivationNames.read(config, "activation_function", "gelu_new"),
                        bias),
                BlockForm.SEQUENTIAL,
                EmbeddingShape.plain(config.flag("tie_word_embeddings", true)),
                Head.PLAIN,
                new Dropouts(
                        config.probability("embed_dropout", 0),
                        config.probability("attention_dropout", 0),
                        config.probability("resid_dropout", 0)));
    }

    @Override
    public void write(Architecture a, ObjectNode config) {
        config.put("num_layers", a.layers());
        config.put("num_heads", a.attention().heads());
        config.put("hidden_size", a.width());
        config.put("max_position_embeddings", a.context());
        config.put("vocab_size", a.vocabulary());
        config.put("activation_function", ActivationNames.of(a.mlp().activation()));
        config.put("layer_norm_epsilon", a.norms().kind().epsilon());
        config.put("resid_dropout", a.dropout().residual());
        config.put("embed_dropout", a.dropout().embedding());
        config.put("attention_dropout", a.dropout().attention());
        NeoAttention.of(a).write(config);
        config.put("tie_word_embeddings", a.embedding().tied());
        if (a.mlp().hidden() != 4 * a.width()) {
            config.put("intermediate_size", a.mlp().hidden());
        }
        if (!a.mlp().bias()) {
            config.put(Gpt2.BIAS, false);
        }
    }

    @Override
    public boolean fusesQueryKeyValue() {
        return true;
    }

    @Override
    public String prefix() {
        return Gpt2.FAMILY.prefix();
    }

    @Override
    public String module(Part part) {
        return Gpt2.FAMILY.module(part);
    }

    @Override
    public List<Piece> pieces(
            Architecture architecture, Part part, String name, int rows, int columns) {
        if (part == Part.QUERY_KEY_VALUE) {
            int each = rows / 3;
            return List.of(
                    new Piece(projection(name, "q_proj"), each, columns),
                    new Piece(projection(name, "k_proj"), each, columns),
                    new Piece(projection(name, "v_proj"), each, columns));
        }
        String stored =
                part == Part.ATTENTION_OUTPUT
                        ? name.replace(".attn.c_proj.", ".attn.attention.out_proj.")
                        : name;
        return List.of(new Piece(stored, rows, columns));
    }

    private static String projection(String name, String projection) {
        return name.replace(QUERY_KEY_VALUE, "attn.attention." + projection);
    }

    /// Always with the biases that `transformers` knows.
    @Override
    public Architecture stored(Architecture a) {
        if (a.mlp().bias()) {
            return a;
        }
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
                                false,
                                true)
                        .withScale(attention.scale(), 0)
                        .withWindows(attention.windows()),
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
        return Set.of(Part.QUERY, Part.VALUE);
    }
}
