package io.tornadogpt.core.model;

import io.tornadogpt.core.files.SafetensorsWriter;
import io.tornadogpt.core.files.StorageType;
import io.tornadogpt.core.model.StoredPieces.Assembled;
import io.tornadogpt.core.model.family.Piece;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.tensor.TensorSpec;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/// How the parameters of a model are spread over stored tensors.
///
/// @param config the model
/// @param stored all parameters that its files hold
/// @param zeros those of them that the model lacks, and files have as zeros
/// @param layout what the files call tensors
record WeightFiles(
        ModelConfig config, List<Parameter> stored, Set<String> zeros, WeightLayout layout) {
    /// In Hugging Face's layout.
    WeightFiles(ModelConfig config, List<Parameter> stored, Set<String> zeros) {
        this(config, stored, zeros, WeightLayout.of(config.family()));
    }

    static WeightFiles of(ModelConfig config) {
        return of(config, WeightLayout.of(config.family()));
    }

    static WeightFiles of(ModelConfig config, WeightLayout layout) {
        List<Parameter> own = new Model(config).parameters();
        ModelConfig wider = config.with(config.family().stored(config.architecture()));
        List<Parameter> stored = new Model(wider).parameters();
        Set<String> names =
                own.stream().map(p -> p.spec().name()).collect(Collectors.toUnmodifiableSet());
        Set<String> zeros =
                stored.stream()
                        .map(p -> p.spec().name())
                        .filter(name -> !names.contains(name))
                        .collect(Collectors.toUnmodifiableSet());
        return new WeightFiles(config, stored, zeros, layout);
    }

    /// Whether the model lacks a parameter that its files have.
    boolean isZero(Parameter parameter) {
        return zeros.contains(parameter.spec().name());
    }

    /// The stored tensors of a slice of a parameter, or of a tensor that lies as it does.
    ///
    /// @param prefix of the stored names: `m.` for optimizer state
    /// @param spec of a parameter, or like one
    List<Piece> pieces(Parameter parameter, TensorSpec spec, int slice, String prefix) {
        int rows = spec.shape().rank() == 1 ? spec.shape().columns() : spec.shape().rows();
        int columns = spec.shape().rank() == 1 ? 1 : spec.shape().columns();
        TensorSpec named = spec.as(parameter.spec().name(), spec.role());
        String name = named.sliceName(slice);
        if (parameter.part() == null) {
            return List.of(new Piece(prefix + name, rows, columns));
        }
        return layout
                .pieces(config.architecture(), parameter.part(), name, slice, rows, columns)
                .stream()
                .map(piece -> prefix.isEmpty() ? piece : piece.named(prefix + piece.name()))
                .toList();
    }

    /// Adds every stored tensor of the model to a file that is about to be written.
    void add(SafetensorsWriter writer, StorageType type, WeightReader weights) {
        var tensors = new LinkedHashMap<String, Assembled>();
        for (Parameter parameter : stored) {
            WeightReader reader = isZero(parameter) ? WeightReader.ZEROS : weights;
            collect(tensors, parameter, parameter.spec(), reader, "", UnaryOperator.identity());
        }
        for (Assembled tensor : List.copyOf(tensors.values())) {
            for (String copy : config.family().copies(tensor.name())) {
                tensors.put(copy, new Assembled(copy, tensor.shape(), tensor.parts()));
            }
        }
        write(writer, type, tensors.values());
    }

    /// Adds what a slice is made of to the stored tensors.
    void collect(
            Map<String, Assembled> tensors,
            Parameter parameter,
            TensorSpec spec,
            WeightReader reader,
            String prefix,
            UnaryOperator<String> names) {
        for (int slice = 0; slice < spec.slices(); slice++) {
            int row = 0;
            for (Piece piece : pieces(parameter, spec, slice, prefix)) {
                String name = names.apply(piece.name());
                List<Long> shape = StoredPieces.shape(spec, piece);
                tensors.computeIfAbsent(name, n -> new Assembled(n, shape, new ArrayList<>()))
                        .parts()
                        .add(new Assembled.Part(reader, spec, slice, row, piece));
                row += piece.rows();
            }
        }
    }

    static void write(SafetensorsWriter writer, StorageType type, Collection<Assembled> tensors) {
        for (Assembled tensor : tensors) {
            writer.tensor(tensor.name(), type, tensor.shape(), tensor.elements());
        }
    }
}
