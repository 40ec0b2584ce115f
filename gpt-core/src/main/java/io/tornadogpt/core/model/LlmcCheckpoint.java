package io.tornadogpt.core.model;

import io.tornadogpt.core.files.LlmcFile;
import io.tornadogpt.core.files.LlmcHeader;
import io.tornadogpt.core.files.ModelFileException;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.op.Activation;
import io.tornadogpt.core.tensor.TensorSpec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/// A GPT-2 model in a checkpoint file of llm.c: a header with its sizes, then all weights.
///
/// The file says nothing of what llm.c does not vary: biases are there, the head is the token
/// embedding, GELU has its tanh form, the epsilon of layer-norms is 1e-5, dropout is 0.
///
/// @param path the file
/// @param config what its header says
public record LlmcCheckpoint(Path path, GptConfig config) implements StoredModel {
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
                            0));
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
    public StoredWeights openWeights() throws IOException {
        return StoredWeights.checked(config, LlmcFile.open(path), WeightLayout.LLMC);
    }

    /// Writes a checkpoint. A model without biases is written with biases of zero, which llm.c
    /// trains.
    ///
    /// @param type F32 or BF16
    /// @throws IllegalArgumentException for a model that llm.c's GPT-2 is not
    public static void save(Path file, GptConfig config, WeightReader weights, StorageType type)
            throws IOException {
        requireExpressible(config);
        var header =
                new LlmcHeader(
                        type,
                        config.blockSize(),
                        config.vocabSize(),
                        config.nLayer(),
                        config.nHead(),
                        config.nEmbd());
        var places = new HashMap<String, Place>();
        new GptModel(config).parameters().forEach(p -> add(places, p.spec(), weights));
        StoredWeights.absentBiases(config).forEach(b -> add(places, b, WeightReader.ZEROS));
        LlmcFile.write(
                file,
                header,
                tensor -> {
                    Place place = places.get(tensor.name());
                    if (place == null) {
                        throw new IllegalStateException("no weight for " + tensor.name());
                    }
                    return place.piece.from(place.weights, place.spec, place.slice);
                });
    }

    private record Place(
            TensorSpec spec, int slice, WeightLayout.Piece piece, WeightReader weights) {}

    private static void add(Map<String, Place> places, TensorSpec spec, WeightReader weights) {
        for (int slice = 0; slice < spec.slices(); slice++) {
            List<WeightLayout.Piece> pieces =
                    WeightLayout.LLMC.pieces(spec, slice, UnaryOperator.identity());
            for (WeightLayout.Piece piece : pieces) {
                places.put(piece.name(), new Place(spec, slice, piece, weights));
            }
        }
    }

    private static void requireExpressible(GptConfig config) {
        String problem = null;
        if (config.family() != GptConfig.Family.GPT2) {
            problem = "is a GPT-Neo";
        } else if (!config.tiedHead()) {
            problem = "has a head of its own";
        } else if (config.activation() != Activation.Function.GELU_TANH) {
            problem = "has GELU in its exact form";
        } else if (config.layerNormEpsilon() != EPSILON) {
            problem = "has layer-norms with epsilon " + config.layerNormEpsilon();
        }
        if (problem != null) {
            throw new IllegalArgumentException(
                    "the model %s, which llm.c's GPT-2 is not; export it with --to hf"
                            .formatted(problem));
        }
    }
}
