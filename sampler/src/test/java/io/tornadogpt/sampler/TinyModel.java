package io.tornadogpt.sampler;

import io.tornadogpt.core.backend.Backend;
import io.tornadogpt.core.backend.Backends;
import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.GptConfig;
import io.tornadogpt.core.model.GptModel;
import io.tornadogpt.core.model.Initialization;
import io.tornadogpt.core.model.Parameter;
import io.tornadogpt.core.op.Gelu;
import io.tornadogpt.core.tensor.TensorSpec;

import java.lang.foreign.MemorySegment;

/// A model of two blocks with weights so large that every token of its context matters.
final class TinyModel {
    static final int BLOCK_SIZE = 8;
    static final Backend REFERENCE = Backends.named("reference");

    private TinyModel() {}

    static GptModel of(int vocabSize) {
        return new GptModel(new GptConfig(2, 2, 12, BLOCK_SIZE, vocabSize, true, 0));
    }

    /// GPT-Neo's attention: the second block sees three positions.
    static GptModel windowed(int vocabSize) {
        return new GptModel(
                new GptConfig(
                        2,
                        2,
                        12,
                        BLOCK_SIZE,
                        vocabSize,
                        true,
                        0,
                        true,
                        Gelu.Form.TANH,
                        1e-5,
                        GptConfig.Family.GPT_NEO,
                        "0,3"));
    }

    /// Weights thirty times larger than those that training starts from: attention tells positions
    /// apart, and logits differ by much more than rounding.
    static Weights<RuntimeException> weights(GptModel model) {
        return session -> {
            for (Parameter parameter : model.parameters()) {
                write(parameter.spec(), session);
            }
            model.writeWindows(session);
        };
    }

    private static void write(TensorSpec spec, Session session) {
        int count = Math.toIntExact(spec.shape().elements());
        for (int slice = 0; slice < spec.slices(); slice++) {
            float[] values = new Initialization.Normal(0.6).values(5, spec.sliceName(slice), count);
            session.write(spec, slice, MemorySegment.ofArray(values));
        }
    }

    static Generator open(GptModel model, int batch) {
        return Generator.open(REFERENCE, model, batch, ExecutionOptions.DEFAULT, weights(model));
    }
}
