package io.tornadogpt.core.model.adapter;

import io.tornadogpt.core.model.ModelConfig;
import io.tornadogpt.core.model.adapter.LinearLayer.Outputs;
import io.tornadogpt.core.model.arch.Part;
import io.tornadogpt.core.model.family.Piece;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.model.graph.ParameterTable;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.TensorSpec;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;

/// The linear layers of a model, under the names that its family's files have.
///
/// Safe for use by several threads.
public final class LinearLayers {
    private static final String WEIGHT = ".weight";
    private static final List<Part> APART = List.of(Part.QUERY, Part.KEY, Part.VALUE);

    private final ModelConfig model;
    private final List<Parameter> parameters;
    private final Map<String, LinearLayer> layers = new LinkedHashMap<>();

    public LinearLayers(ModelConfig model) {
        this.model = model;
        this.parameters =
                new ParameterTable(
                                model.architecture(), model.family(), model.task(), DType.F32, "")
                        .all();
        for (Parameter parameter : parameters) {
            Part part = parameter.part();
            if (part != null && part.linear() && parameter.spec().name().endsWith(WEIGHT)) {
                add(parameter.spec(), part);
            }
        }
    }

    /// All of them.
    public List<LinearLayer> all() {
        return List.copyOf(layers.values());
    }

    /// The layer of a name.
    ///
    /// @throws IllegalArgumentException where there is none
    public LinearLayer named(String module) {
        LinearLayer layer = layers.get(module);
        if (layer == null) {
            throw new IllegalArgumentException(
                    "%s is no linear layer of a %s model"
                            .formatted(module, model.family().modelType()));
        }
        return layer;
    }

    /// A short name that means a layer and, as PEFT matches names, none of others that are not
    /// among some.
    public String shortName(LinearLayer layer, Collection<LinearLayer> among) {
        String last = layer.module().substring(layer.module().lastIndexOf('.') + 1);
        boolean enough =
                layers.values().stream()
                        .filter(other -> ends(other.module(), last))
                        .allMatch(among::contains);
        return enough ? last : withoutBlock(layer.module());
    }

    private static boolean ends(String module, String name) {
        return module.equals(name) || module.endsWith("." + name);
    }

    /// A name without what stands before the number of the block, and without the number.
    public static String withoutBlock(String module) {
        int star = module.indexOf("*.");
        return star < 0 ? module : module.substring(star + 2);
    }

    /// All parameters of the model.
    public List<Parameter> parameters() {
        return parameters;
    }

    private void add(TensorSpec weight, Part part) {
        List<Piece> pieces =
                model.family()
                        .pieces(
                                model.architecture(),
                                part,
                                weight.name(),
                                weight.shape().rows(),
                                weight.shape().columns());
        boolean inThree = part == Part.QUERY_KEY_VALUE && pieces.size() == APART.size();
        for (int i = 0; i < pieces.size(); i++) {
            Piece piece = pieces.get(i);
            Part whose = inThree ? APART.get(i) : part;
            String module = withoutWeight(piece.name());
            add(module, module, piece, new Outputs(whose, piece.rows(), place(piece, 0)));
        }
        if (part == Part.QUERY_KEY_VALUE && !inThree) {
            addApart(pieces.getFirst());
        }
    }

    /// Queries, keys and values of a layer that files have as one.
    private void addApart(Piece piece) {
        int row = 0;
        for (Part part : APART) {
            int rows =
                    part == Part.QUERY
                            ? model.architecture().attention().width()
                            : model.architecture().attention().keyValueWidth();
            String stored = withoutWeight(piece.name());
            String module = ParameterTable.apart(stored, part);
            add(module, stored, piece, new Outputs(part, rows, place(piece, row)));
            row += rows;
        }
    }

    private void add(String module, String stored, Piece piece, Outputs outputs) {
        LinearLayer known = layers.get(module);
        var all = new ArrayList<Outputs>(known == null ? List.of() : known.outputs());
        all.add(outputs);
        layers.put(
                module,
                new LinearLayer(
                        module, stored, piece.columns(), piece.storedRows(), piece.turned(), all));
    }

    private static IntUnaryOperator place(Piece piece, int from) {
        IntUnaryOperator order = piece.order();
        return row -> piece.first() + (order == null ? from + row : order.applyAsInt(from + row));
    }

    private static String withoutWeight(String tensor) {
        return tensor.substring(0, tensor.length() - WEIGHT.length());
    }
}
