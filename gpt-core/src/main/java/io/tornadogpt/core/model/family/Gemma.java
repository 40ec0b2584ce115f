package io.tornadogpt.core.model.family;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.arch.EmbeddingShape;
import io.tornadogpt.core.model.arch.Mlp;
import io.tornadogpt.core.model.arch.Part;
import io.tornadogpt.core.op.Activation.Function;

/// Gemma (Gemma Team, 2024): Llama with a scaled embedding, norms whose weights are offsets to 1,
/// and a gate of GELU.
public final class Gemma implements Family {
    public static final Gemma FAMILY = new Gemma();

    /// What norms add to their weights.
    static final double OFFSET = 1;

    static final String BIAS = "attention_bias";
    private static final String ACTIVATION = "hidden_act";
    private static final String LATER_ACTIVATION = "hidden_activation";
    private static final String BIDIRECTIONAL = "use_bidirectional_attention";
    private static final String TANH = "gelu_pytorch_tanh";

    private static final GatedDecoder KEYS =
            new GatedDecoder(
                    28, 3072, 24576, 16, 16, 256, 256_000, 8192, ACTIVATION, TANH, true);

    private Gemma() {}

    @Override
    public String modelType() {
        return "gemma";
    }

    @Override
    public String architectureClass(Task task) {
        return switch (task) {
            case Task.Tokens _ -> "GemmaForCausalLM";
            case Task.HiddenStates _ -> "GemmaModel";
            case Task.Labels _ -> "GemmaForSequenceClassification";
        };
    }

    @Override
    public Architecture read(ConfigDocument config) throws ModelFileException {
        Architecture read = decoder(config, KEYS);
        if (read.mlp().activation() != Function.GELU) {
            return read;
        }
        // The first files say gelu and mean its approximation.
        var mlp = new Mlp.Gated(read.mlp().hidden(), Function.GELU_TANH, false);
        return new Architecture(
                read.layers(),
                read.width(),
                read.vocabulary(),
                read.context(),
                read.norms(),
                read.position(),
                read.attention(),
                mlp,
                read.form(),
                read.embedding(),
                read.head(),
                read.dropout());
    }

    /// What Gemma and those after it have in common.
    static Architecture decoder(ConfigDocument config, GatedDecoder keys)
            throws ModelFileException {
        config.requireFlag(BIDIRECTIONAL, false);
        boolean bias = config.flag(BIAS, false);
        Architecture read =
                keys.read(config, OFFSET, new GatedDecoder.Biases(bias, bias, false));
        // Single precision, as it is where models are trained.
        double scale = (float) Math.sqrt(read.width());
        return read.withEmbedding(new EmbeddingShape(scale, read.embedding().tied(), 0));
    }

    @Override
    public void write(Architecture a, ObjectNode config) {
        KEYS.write(a, config);
        config.put(BIAS, a.attention().queryBias());
        writeActivation(a, ACTIVATION, config);
        writeActivation(a, LATER_ACTIVATION, config);
    }

    /// The name that the published files have.
    static void writeActivation(Architecture a, String key, ObjectNode config) {
        Function function = a.mlp().activation();
        config.put(key, function == Function.GELU_TANH ? TANH : ActivationNames.of(function));
    }

    @Override
    public String prefix() {
        return Llama.FAMILY.prefix();
    }

    @Override
    public String module(Part part) {
        return Llama.FAMILY.module(part);
    }

    @Override
    public boolean ignores(String tensor) {
        return Llama.FAMILY.ignores(tensor);
    }
}
