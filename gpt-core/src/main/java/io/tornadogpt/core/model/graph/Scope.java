package io.tornadogpt.core.model.graph;

import io.tornadogpt.core.model.arch.Norm;
import io.tornadogpt.core.model.arch.Part;
import io.tornadogpt.core.op.Activation;
import io.tornadogpt.core.op.Add;
import io.tornadogpt.core.op.AddBias;
import io.tornadogpt.core.op.Dropout;
import io.tornadogpt.core.op.LayerNorm;
import io.tornadogpt.core.op.MatMul;
import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.op.RmsNorm;
import io.tornadogpt.core.op.Scale;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

import java.util.function.Consumer;

/// Writes the operations of one segment of a program, and declares what they write: activations by
/// name, stacked over the layers where the segment is one of blocks.
public final class Scope {
    private final ParameterTable parameters;
    private final String program;
    private final int layers;
    private final @Nullable TensorSpec rng;
    private final Consumer<Op> ops;

    /// @param program for the names of inputs and outputs
    /// @param layers over which activations are stacked, 0 for none
    /// @param rng key of dropout's random bits, `[4]` I32; null where nothing is dropped
    Scope(
            ParameterTable parameters,
            String program,
            int layers,
            @Nullable TensorSpec rng,
            Consumer<Op> ops) {
        this.parameters = parameters;
        this.program = program;
        this.layers = layers;
        this.rng = rng;
        this.ops = ops;
    }

    /// The parameters that layers are made of.
    public ParameterTable parameters() {
        return parameters;
    }

    /// Appends an operation.
    public void append(Op op) {
        ops.accept(op);
    }

    /// A tensor that lives within a run.
    public Tensor activation(String name, int... sizes) {
        var spec = new TensorSpec(name, Shape.of(sizes), DType.F32, Role.ACTIVATION, layers);
        return layers > 0 ? spec.layer() : spec.whole();
    }

    /// An activation of another width.
    ///
    /// @param like `[.., C]`
    /// @return `[.., width]`
    public Tensor activation(String name, Tensor like, int width) {
        int[] sizes = like.shape().dimensions().stream().mapToInt(Integer::intValue).toArray();
        sizes[sizes.length - 1] = width;
        return activation(name, sizes);
    }

    /// What the host writes before a run: `PROGRAM.NAME`.
    public TensorSpec input(String name, DType type, int... sizes) {
        return new TensorSpec(program + "." + name, Shape.of(sizes), type, Role.INPUT);
    }

    /// What the host reads after a run: `PROGRAM.NAME`.
    public TensorSpec output(String name, int... sizes) {
        return new TensorSpec(program + "." + name, Shape.of(sizes), DType.F32, Role.OUTPUT);
    }

    /// A linear layer: `x . w^T + b`.
    ///
    /// @param x `[.., in]`
    /// @return `[.., out]`
    public Tensor linear(Part part, String name, Tensor x) {
        Tensor weight = parameters.weight(part); // [out, in]
        @Nullable Tensor bias = parameters.bias(part);
        int width = weight.rows();
        Tensor out = activation(name, x, width);
        Tensor added = lowRank(part, name, x);
        Tensor base = added == null ? out : activation(name + ".base", x, width);
        Tensor product = bias == null ? base : activation(name + ".product", x, width);
        append(new MatMul(x, weight, product, false, true, false));
        if (bias != null) {
            append(new AddBias(product, bias, base));
        }
        return added == null ? out : add(base, added, out);
    }

    /// What an adapter adds to the product of a linear layer: `scale * (dropout(x) . a^T) . b^T`.
    ///
    /// @param name of the product
    /// @param x `[.., in]`
    /// @return `[.., out]`, null where the layer is not adapted
    @Nullable Tensor lowRank(Part part, String name, Tensor x) {
        ParameterTable.LowRank low = parameters.lowRank(part);
        if (low == null) {
            return null;
        }
        Tensor kept = dropout(name + ".lora.kept", x, low.dropout(), adapterSite(part));
        int rank = low.a().rows();
        Tensor product = activation(name + ".lora.a", x, rank); // [.., rank]
        append(new MatMul(kept, low.a(), product, false, true, false));
        Tensor scaled = product;
        if (low.scale() != 1) {
            scaled = activation(name + ".lora.scaled", x, rank);
            append(new Scale(product, scaled, low.scale()));
        }
        Tensor added = activation(name + ".lora.b", x, low.b().rows()); // [.., out]
        append(new MatMul(scaled, low.b(), added, false, true, false));
        return added;
    }

    /// As a place of dropout, the one before the product of an adapter.
    private static int adapterSite(Part part) {
        return switch (part) {
            case QUERY_KEY_VALUE -> 16;
            case QUERY -> 17;
            case KEY -> 18;
            case VALUE -> 19;
            case ATTENTION_OUTPUT -> 20;
            case GATE -> 21;
            case UP -> 22;
            case DOWN -> 23;
            case HEAD_TRANSFORM -> 24;
            case HEAD -> 25;
            case POOLER -> 26;
            case CLASSIFIER_TRANSFORM -> 27;
            case CLASSIFIER -> 28;
            default -> throw new IllegalArgumentException(part + " is no linear layer");
        };
    }

    /// A norm of rows, or of the heads in them.
    public Tensor norm(Part part, String name, Tensor x) {
        return norm(part, name, x, activation(name, x, x.columns()));
    }

    /// A norm whose result is a given tensor.
    ///
    /// @param out as `x`
    public Tensor norm(Part part, String name, Tensor x, Tensor out) {
        Tensor weight = parameters.weight(part);
        int runs = Math.toIntExact(x.elements() / weight.elements());
        switch (parameters.architecture().norms().kind()) {
            case Norm.Layer(double epsilon, boolean _) ->
                    append(
                            new LayerNorm(
                                    x,
                                    weight,
                                    parameters.bias(part),
                                    out,
                                    activation(name + ".mean", runs),
                                    activation(name + ".rstd", runs),
                                    epsilon));
            case Norm.Rms(double epsilon, double offset) ->
                    append(
                            new RmsNorm(
                                    x,
                                    weight,
                                    out,
                                    activation(name + ".rstd", runs),
                                    epsilon,
                                    offset));
        }
        return out;
    }

    /// A function of each element.
    public Tensor activate(String name, Tensor x, Activation.Function function) {
        Tensor out = activation(name, x, x.columns());
        append(new Activation(x, out, function));
        return out;
    }

    /// The sum of two tensors.
    public Tensor add(Tensor a, Tensor b, Tensor out) {
        append(new Add(a, b, out));
        return out;
    }

    /// Elements dropped at random, or the tensor itself where none are.
    ///
    /// @param site number of the place in the model
    public Tensor dropout(String name, Tensor x, double probability, int site) {
        Dropout.@Nullable Mask mask = mask(probability, site);
        if (mask == null) {
            return x;
        }
        Tensor out = activation(name, x, x.columns());
        append(new Dropout(x, out, mask));
        return out;
    }

    /// Which elements are dropped at a place, null where none are.
    public Dropout.@Nullable Mask mask(double probability, int site) {
        return rng == null || probability == 0
                ? null
                : new Dropout.Mask(probability, rng.whole(), site);
    }
}
