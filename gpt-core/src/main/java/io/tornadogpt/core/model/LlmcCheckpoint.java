package io.tornadogpt.core.model;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.files.FloatSource;
import io.tornadogpt.core.files.LlmcFile;
import io.tornadogpt.core.files.LlmcHeader;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.model.arch.Architecture;
import io.tornadogpt.core.model.family.Gpt2;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.op.Activation;
import io.tornadogpt.core.tensor.TensorSpec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;

/// A GPT-2 model in a checkpoint file of llm.c: a header with its sizes, then all weights.
///
/// The file says nothing of what llm.c does not vary: biases are there, the head is the token
/// embedding, GELU has its tanh form, the epsilon of layer-norms is 1e-5, dropout is 0.
///
/// @param path the file
/// @param config what its header says
public record LlmcCheckpoint(Path path, ModelConfig config) implements StoredModel {
    private static final double EPSILON = 1e-5;

    /// Reads the header of a checkpoint and checks that the file is as long as it says.
    ///
    /// @throws ModelFileException where it is missing or malformed
    public static LlmcCheckpoint open(Path path) throws IOException {
        try (LlmcFile file = LlmcFile.open(path)) {
            LlmcHeader header = file.header();
            return new LlmcCheckpoint(
                    path,
                    new GptConfig(
                                    header.layers(),
                                    header.heads(),
                                    header.channels(),
                                    header.positions(),
                                    header.vocabulary(),
                                    true,
                                    0)
                            .model());
        } catch (IllegalArgumentException e) {
            throw new ModelFileException(
                    path,
                    "the header",
                    "is refused (" + e.getMessage() + ")",
                    "export the checkpoint again",
                    e);
        }
    }

    @Override
    public void load(Model model, Session session) throws IOException {
        openWeights().moveTo(session, model, model.prefix(), null);
    }

    @Override
    public void loadUnderHead(Model model, Session session, long seed) throws IOException {
        openWeights().moveTo(session, model, model.prefix(), seed);
    }

    @Override
    public StoredWeights openWeights() throws IOException {
        return StoredWeights.checked(config, LlmcFile.open(path), false);
    }

    /// Writes a checkpoint. A model without biases is written with biases of zero, which llm.c
    /// trains.
    ///
    /// @param type F32 or BF16
    /// @throws IllegalArgumentException for a model that llm.c's GPT-2 is not
    public static void save(Path file, ModelConfig config, WeightReader weights, StorageType type)
            throws IOException {
        requireExpressible(config);
        Architecture architecture = config.architecture();
        var header =
                new LlmcHeader(
                        type,
                        architecture.context(),
                        architecture.vocabulary(),
                        architecture.layers(),
                        architecture.attention().heads(),
                        architecture.width());
        WeightFiles files = WeightFiles.of(config);
        var tensors = new HashMap<String, FloatSource>();
        for (Parameter parameter : files.stored()) {
            WeightReader reader = files.isZero(parameter) ? WeightReader.ZEROS : weights;
            TensorSpec spec = parameter.spec();
            for (int slice = 0; slice < spec.slices(); slice++) {
                tensors.put(spec.sliceName(slice), SessionTensors.elements(reader, spec, slice));
            }
        }
        LlmcFile.write(
                file,
                header,
                tensor -> {
                    FloatSource elements = tensors.get(tensor.name());
                    if (elements == null) {
                        throw new IllegalStateException("no weight for " + tensor.name());
                    }
                    return elements;
                });
    }

    private static void requireExpressible(ModelConfig config) {
        Architecture architecture = config.architecture();
        String problem = null;
        if (config.family() != Gpt2.FAMILY) {
            problem = "is of the family " + config.family().modelType();
        } else if (!architecture.embedding().tied()) {
            problem = "has a head of its own";
        } else if (architecture.mlp().activation() != Activation.Function.GELU_TANH) {
            problem = "has another activation than GELU in its tanh form";
        } else if (architecture.mlp().hidden() != 4 * architecture.width()) {
            problem = "has an MLP that is not four times as wide as the model";
        } else if (architecture.norms().kind().epsilon() != EPSILON) {
            problem = "has layer-norms with epsilon " + architecture.norms().kind().epsilon();
        }
        if (problem != null) {
            throw new IllegalArgumentException(
                    "the model %s, which llm.c's GPT-2 is not; save it as a Hugging Face model directory instead"
                            .formatted(problem));
        }
    }
}
