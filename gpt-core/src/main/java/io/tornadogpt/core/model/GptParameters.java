package io.tornadogpt.core.model;

import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The table of a model's parameters, named as in Hugging Face's GPT-2 files.
///
/// Weights start normally distributed with deviation 0.02; the two projections that feed the
/// residual stream with `0.02 / sqrt(2 * nLayer)`, so that the stream's variance does not grow with
/// depth.
final class GptParameters {
    private static final double DEVIATION = 0.02;

    private final GptConfig config;
    private final DType weights;
    private final Map<String, Parameter> table = new LinkedHashMap<>();

    /// @param weights type of matrices; vectors are F32
    GptParameters(GptConfig config, DType weights) {
        this.config = config;
        this.weights = weights;
        int c = config.nEmbd();
        double residual = DEVIATION / Math.sqrt(2.0 * config.nLayer());
        weight("transformer.wte", 0, DEVIATION, config.vocabSize(), c);
        weight("transformer.wpe", 0, DEVIATION, config.blockSize(), c);
        int layers = config.nLayer();
        norm("transformer.h.*.ln_1", layers);
        linear("transformer.h.*.attn.c_attn", c, 3 * c, DEVIATION, config.attentionBias());
        linear("transformer.h.*.attn.c_proj", c, c, residual, config.bias());
        norm("transformer.h.*.ln_2", layers);
        linear("transformer.h.*.mlp.c_fc", c, 4 * c, DEVIATION, config.bias());
        linear("transformer.h.*.mlp.c_proj", 4 * c, c, residual, config.bias());
        norm("transformer.ln_f", 0);
        if (!config.tiedHead()) {
            weight("lm_head", 0, DEVIATION, config.vocabSize(), c);
        }
    }

    GptConfig config() {
        return config;
    }

    List<Parameter> all() {
        return new ArrayList<>(table.values());
    }

    /// The weight of a layer of the model, sliced for the current block where it is stacked.
    Tensor weight(String module) {
        return sliced(get(module + ".weight"));
    }

    /// The bias of a layer of the model, or null where it has none.
    @Nullable Tensor bias(String module) {
        Parameter bias = table.get(module + ".bias");
        return bias == null ? null : sliced(bias.spec());
    }

    /// The window of each layer's attention, null where all layers see all positions.
    @Nullable TensorSpec windows() {
        return config.windowed()
                ? new TensorSpec("windows", Shape.of(1), DType.I32, Role.INPUT, config.nLayer())
                : null;
    }

    /// The output head `[V, C]`.
    Tensor head() {
        return weight(config.tiedHead() ? "transformer.wte" : "lm_head");
    }

    private TensorSpec get(String name) {
        Parameter parameter = table.get(name);
        if (parameter == null) {
            throw new IllegalStateException("no parameter " + name + " in " + table.keySet());
        }
        return parameter.spec();
    }

    private static Tensor sliced(TensorSpec spec) {
        return spec.stacked() ? spec.layer() : spec.whole();
    }

    private void norm(String module, int layers) {
        vector(module + ".weight", layers, 1, config.nEmbd());
        if (config.bias()) {
            vector(module + ".bias", layers, 0, config.nEmbd());
        }
    }

    private void linear(String module, int in, int out, double deviation, boolean bias) {
        weight(module, config.nLayer(), deviation, in, out);
        if (bias) {
            vector(module + ".bias", config.nLayer(), 0, out);
        }
    }

    private void weight(String module, int layers, double deviation, int rows, int columns) {
        var shape = Shape.of(rows, columns);
        var spec = new TensorSpec(module + ".weight", shape, weights, Role.PARAMETER, layers);
        add(spec, new Initialization.Normal(deviation));
    }

    private void vector(String name, int layers, float value, int size) {
        var spec = new TensorSpec(name, Shape.of(size), DType.F32, Role.PARAMETER, layers);
        add(spec, new Initialization.Constant(value));
    }

    private void add(TensorSpec spec, Initialization initialization) {
        table.put(spec.name(), new Parameter(spec, initialization));
    }
}
