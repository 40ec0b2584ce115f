package io.tornadogpt.core.model;

import io.tornadogpt.core.files.SafetensorsWriter;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.files.StoredTensor;
import io.tornadogpt.core.files.TensorSource;
import io.tornadogpt.core.model.StoredPieces.Assembled;
import io.tornadogpt.core.model.family.Piece;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.TensorSpec;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/// Files of a model whose matrices are quantized. Tensors have the names that the family gives
/// them, but all linear weights lie as `[out, in]`, so that blocks lie along the inputs: GPT-2's,
/// too, which are stored the other way round elsewhere.
final class QuantizedFiles {
    private QuantizedFiles() {}

    /// Whether linear weights lie as `[out, in]` whatever the family says.
    static boolean areRows(TensorSource source) {
        return source.tensors().stream()
                .map(StoredTensor::type)
                .anyMatch(QuantizedFiles::isQuantized);
    }

    static boolean isQuantized(StorageType type) {
        return type == StorageType.Q8_0 || type == StorageType.Q4_0;
    }

    /// Adds every stored tensor of a model to a file that is about to be written: those that
    /// [Model#withWeights] holds as blocks as blocks, all others as F32.
    static void add(
            SafetensorsWriter writer, ModelConfig config, StorageType type, WeightReader weights) {
        var files = WeightFiles.of(config);
        Set<String> blocks = quantized(config, type);
        Map<String, Assembled> tensors = new LinkedHashMap<>();
        for (Parameter parameter : files.stored()) {
            WeightReader reader = files.isZero(parameter) ? WeightReader.ZEROS : weights;
            files.collect(
                    tensors, parameter, parameter.spec(), reader, "", UnaryOperator.identity());
        }
        for (Assembled tensor : List.copyOf(tensors.values())) {
            for (String copy : config.family().copies(tensor.name())) {
                tensors.put(copy, new Assembled(copy, tensor.shape(), tensor.parts()));
            }
        }
        for (Assembled tensor : tensors.values()) {
            Assembled rows = asRows(tensor);
            String parameter = tensor.parts().getFirst().spec().name();
            StorageType as = blocks.contains(parameter) ? type : StorageType.F32;
            writer.tensor(rows.name(), as, rows.shape(), rows.elements());
        }
        writer.blocks(type);
    }

    private static Set<String> quantized(ModelConfig config, StorageType type) {
        DType held = type == StorageType.Q8_0 ? DType.Q8_0 : DType.Q4_0;
        ModelConfig wider = config.with(config.family().stored(config.architecture()));
        return new Model(wider)
                .withWeights(held).parameters().stream()
                        .map(Parameter::spec)
                        .filter(spec -> spec.dtype() == held)
                        .map(TensorSpec::name)
                        .collect(Collectors.toUnmodifiableSet());
    }

    private static Assembled asRows(Assembled tensor) {
        List<Assembled.Part> parts = tensor.parts().stream().map(QuantizedFiles::asRows).toList();
        Assembled.Part first = parts.getFirst();
        return new Assembled(tensor.name(), StoredPieces.shape(first.spec(), first.piece()), parts);
    }

    private static Assembled.Part asRows(Assembled.Part part) {
        Piece piece = part.piece();
        return piece.turned()
                ? new Assembled.Part(
                        part.weights(),
                        part.spec(),
                        part.slice(),
                        part.row(),
                        new Piece(piece.name(), piece.rows(), piece.columns()))
                : part;
    }
}
