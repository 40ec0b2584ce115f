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
import io.tornadogpt.core.model.arch.Position;

import java.util.List;

/// What Llama and the families built like it call the same: sizes, heads, gated MLP, RMS norms and
/// rotary positions. The values are those of keys that a configuration lacks.
///
/// @param keyValueHeads 0 for as many as there are heads
/// @param headSize 0 for the width divided by the heads
/// @param activationKey key of the MLP's activation
record GatedDecoder(
        int layers,
        int width,
        int hidden,
        int heads,
        int keyValueHeads,
        int headSize,
        int vocabulary,
        int context,
        String activationKey,
        String activation,
        boolean tied) {
    static final String HEADS = "num_attention_heads";
    static final String KEY_VALUE_HEADS = "num_key_value_heads";
    private static final String LAYERS = "num_hidden_layers";
    private static final String WIDTH = "hidden_size";
    private static final String HEAD_SIZE = "head_dim";
    private static final String TIED = "tie_word_embeddings";
    private static final String CONTEXT = "max_position_embeddings";
    private static final String EPSILON = "rms_norm_eps";
    private static final String ATTENTION_DROPOUT = "attention_dropout";

    /// Which linear layers have biases.
    record Biases(boolean queryKeyValue, boolean output, boolean mlp) {
        static final Biases NONE = new Biases(false, false, false);
    }

    /// Reads an architecture of Llama's form.
    ///
    /// @param offset of the weights of norms
    Architecture read(ConfigDocument config, double offset, Biases biases)
            throws ModelFileException {
        int itsWidth = config.integer(WIDTH, width);
        int itsHeads = config.integer(HEADS, heads);
        int size = headSize(config, itsWidth, itsHeads);
        int itsContext = config.integer(CONTEXT, context);
        boolean asHeads = keyValueHeads == 0 || config.isNull(KEY_VALUE_HEADS);
        RotaryConfig.requireWhole(config);
        return new Architecture(
                config.layers(LAYERS, LAYERS, layers),
                itsWidth,
                config.integer("vocab_size", vocabulary),
                itsContext,
                Norms.before(new Norm.Rms(config.positive(EPSILON, 1e-6), offset)),
                new Position.Rotary(
                        size,
                        false,
                        List.of(RotaryConfig.read(config, RotaryConfig.BASE, itsContext)),
                        List.of()),
                AttentionShape.causal(
                        itsHeads,
                        config.integer(KEY_VALUE_HEADS, asHeads ? itsHeads : keyValueHeads),
                        size,
                        biases.queryKeyValue,
                        biases.output),
                new Mlp.Gated(
                        config.integer("intermediate_size", hidden),
                        ActivationNames.read(config, activationKey, activation),
                        biases.mlp),
                BlockForm.SEQUENTIAL,
                EmbeddingShape.plain(config.flag(TIED, tied)),
                Head.PLAIN,
                new Dropouts(0, config.probability(ATTENTION_DROPOUT, 0), 0));
    }

    private int headSize(ConfigDocument config, int itsWidth, int itsHeads)
            throws ModelFileException {
        if (config.has(HEAD_SIZE) || headSize > 0) {
            return config.integer(HEAD_SIZE, headSize);
        }
        return config.divided(WIDTH, itsWidth, HEADS, itsHeads);
    }

    /// Writes what [#read] reads.
    void write(Architecture a, ObjectNode config) {
        AttentionShape attention = a.attention();
        config.put(WIDTH, a.width());
        config.put("intermediate_size", a.mlp().hidden());
        config.put(LAYERS, a.layers());
        config.put(HEADS, attention.heads());
        config.put(KEY_VALUE_HEADS, attention.keyValueHeads());
        config.put(HEAD_SIZE, attention.headSize());
        config.put(activationKey, ActivationNames.of(a.mlp().activation()));
        config.put(CONTEXT, a.context());
        config.put(EPSILON, a.norms().kind().epsilon());
        config.put("vocab_size", a.vocabulary());
        config.put(TIED, a.embedding().tied());
        config.put(ATTENTION_DROPOUT, a.dropout().attention());
        if (a.position() instanceof Position.Rotary rotary && rotary.kinds().size() == 1) {
            RotaryConfig.write(rotary.kinds().getFirst(), config);
        }
    }
}
