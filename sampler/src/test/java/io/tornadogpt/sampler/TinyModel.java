package io.tornadogpt.sampler;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.Model;
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
import io.tornadogpt.core.model.arch.Position;
import io.tornadogpt.core.model.arch.RotaryScaling;
import io.tornadogpt.core.model.family.Llama;
import io.tornadogpt.core.model.graph.Initialization;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.op.Activation;
import io.tornadogpt.core.tensor.TensorSpec;

/// Models of two blocks with weights so large that every token of their context matters.
public final class TinyModel {
    static final int BLOCK_SIZE = 8;
    public static final Backend REFERENCE = Backends.named("reference");

    private TinyModel() {}

    static Model of(int vocabSize) {
        return of(vocabSize, BLOCK_SIZE);
    }

    /// GPT-2's family.
    public static Model of(int vocabSize, int context) {
        return new Model(new GptConfig(2, 2, 12, context, vocabSize, true, 0));
    }

    /// GPT-Neo's attention: the second block sees three positions.
    static Model windowed(int vocabSize) {
        return new Model(
                new GptConfig(
                        2,
                        2,
                        12,
                        BLOCK_SIZE,
                        vocabSize,
                        true,
                        0,
                        true,
                        Activation.Function.GELU_TANH,
                        1e-5,
                        GptConfig.Family.GPT_NEO,
                        "0,3"));
    }

    /// Llama's family: rotary positions, two queries for each key, a gated MLP.
    public static Model llama(int vocabSize, int context) {
        return llama(vocabSize, context, new Position.Rotary(6, 100, new RotaryScaling.None()));
    }

    static Model llama(int vocabSize, int context, Position position) {
        var architecture =
                new Architecture(
                        2,
                        24,
                        vocabSize,
                        context,
                        Norms.before(new Norm.Rms(1e-5, 0)),
                        position,
                        AttentionShape.causal(4, 2, 6, false, false),
                        new Mlp.Gated(20, Activation.Function.SILU, false),
                        BlockForm.SEQUENTIAL,
                        EmbeddingShape.plain(false),
                        Head.PLAIN,
                        Dropouts.NONE);
        return new Model(new ModelConfig(Llama.FAMILY, architecture));
    }

    /// Weights thirty times larger than those that training starts from: attention tells positions
    /// apart, and logits differ by much more than rounding.
    public static Weights<RuntimeException> weights(Model model) {
        return session -> {
            for (Parameter parameter : model.parameters()) {
                write(parameter.spec(), session);
            }
            model.writeConstants(session);
        };
    }

    private static void write(TensorSpec spec, Session session) {
        for (int slice = 0; slice < spec.slices(); slice++) {
            float[] values =
                    new Initialization.Normal(0.6).values(5, spec.sliceName(slice), spec.shape());
            session.writeFloats(spec, slice, values);
        }
    }

    static Generator open(Model model, int batch) {
        return Generator.open(
                REFERENCE, model, GeneratorSettings.DEFAULT.withSequences(batch), weights(model));
    }
}
