package io.tornadogpt.core.model;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.model.adapter.LoraAdapter;
import io.tornadogpt.core.model.arch.Part;
import io.tornadogpt.core.model.graph.AdaptedParameter;
import io.tornadogpt.core.model.graph.AdaptedParameter.Kind;
import io.tornadogpt.core.model.graph.Parameter;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/// The weights of a model with an adapter merged into them: `w + scale * b . a`, summed in double
/// precision.
final class MergedWeights implements OpenWeights {
    private final OpenWeights base;
    private final AdapterWeights weights;
    private final LoraAdapter adapter;
    private final ModelConfig config;
    private final Map<String, Parameter> parameters = new HashMap<>();
    private final List<AdaptedParameter> adapted;

    /// Takes over both.
    ///
    /// @param model with the adapter
    MergedWeights(OpenWeights base, AdapterWeights weights, Model model) {
        this.base = base;
        this.weights = weights;
        this.adapter = Objects.requireNonNull(model.adapter());
        this.config = model.config();
        this.adapted = model.adapted();
        for (Parameter parameter : new Model(config).parameters()) {
            parameters.put(parameter.spec().name(), parameter);
        }
    }

    @Override
    public float[] read(TensorSpec weight, int slice) throws IOException {
        Parameter parameter = parameters.get(weight.name());
        Part part = parameter == null ? null : parameter.part();
        if (part == null) {
            return base.read(weight, slice);
        }
        String kind = weight.name().substring(weight.name().lastIndexOf('.'));
        AdaptedParameter own = saved(part, kind);
        float[] values = own == null ? base.read(weight, slice) : weights.read(own, slice);
        if (kind.equals(".weight")) {
            if (part == Part.QUERY_KEY_VALUE && adapter.apart()) {
                int queries = config.architecture().attention().width();
                int keys = config.architecture().attention().keyValueWidth();
                add(Part.QUERY, slice, values, 0);
                add(Part.KEY, slice, values, queries);
                add(Part.VALUE, slice, values, queries + keys);
            } else {
                add(part, slice, values, 0);
            }
        }
        return values;
    }

    /// Writes what the adapter changes over what a session has of the model without it.
    ///
    /// @param model with another adapter, or with none
    void writeTo(Session session, Model model) throws IOException {
        for (Parameter own : model.baseParameters()) {
            StoredRows rows = StoredRows.of(config, own, model.prefix());
            Parameter parameter = parameters.get(rows.name());
            if (parameter == null || !changes(parameter) || !session.holds(own.spec())) {
                continue;
            }
            for (int slice = 0; slice < own.spec().slices(); slice++) {
                session.writeFloats(own.spec(), slice, rows.of(read(parameter.spec(), slice), own));
            }
        }
        startSaved(session, model);
    }

    /// Layers that the other adapter keeps as a whole start as this one has them.
    private void startSaved(Session session, Model model) throws IOException {
        for (AdaptedParameter own : model.adapted()) {
            if (own.kind() != Kind.SAVED) {
                continue;
            }
            TensorSpec spec = own.parameter().spec();
            String kind = spec.name().substring(spec.name().lastIndexOf('.'));
            Parameter parameter = parameters.get(config.family().module(own.part()) + kind);
            if (parameter != null
                    && parameter.spec().shape().equals(spec.shape())
                    && session.holds(spec)) {
                for (int slice = 0; slice < spec.slices(); slice++) {
                    session.writeFloats(spec, slice, read(parameter.spec(), slice));
                }
            }
        }
    }

    private boolean changes(Parameter parameter) {
        Part part = parameter.part();
        return adapter.saved().contains(part)
                || adapter.layers().containsKey(part)
                || part == Part.QUERY_KEY_VALUE && adapter.apart();
    }

    private @Nullable AdaptedParameter saved(Part part, String kind) {
        return adapted.stream()
                .filter(own -> own.kind() == Kind.SAVED && own.part() == part)
                .filter(own -> own.parameter().spec().name().endsWith(kind))
                .findFirst()
                .orElse(null);
    }

    /// Adds what the adapter adds to a layer.
    ///
    /// @param row of the weight at which the layer begins
    private void add(Part part, int slice, float[] values, int row) throws IOException {
        LoraAdapter.LowRank layer = adapter.layers().get(part);
        if (layer == null) {
            return;
        }
        AdaptedParameter b = matrix(part, Kind.B);
        AdaptedParameter a = matrixA(layer);
        LowRankProduct.add(
                weights.read(a, slice),
                weights.read(b, slice),
                layer.rank(),
                adapter.scale(layer),
                values,
                row);
    }

    private AdaptedParameter matrix(Part part, Kind kind) {
        return adapted.stream()
                .filter(own -> own.kind() == kind && own.part() == part)
                .findFirst()
                .orElseThrow();
    }

    /// Layers that share a module share its first matrix, which is named after the first of them.
    private AdaptedParameter matrixA(LoraAdapter.LowRank layer) {
        return adapted.stream()
                .filter(own -> own.kind() == Kind.A)
                .filter(own -> adapter.layer(own.part()).module().equals(layer.module()))
                .findFirst()
                .orElseThrow();
    }

    @Override
    public void close() {
        base.close();
        weights.close();
    }
}
