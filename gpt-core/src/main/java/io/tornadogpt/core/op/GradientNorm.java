package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;

import java.util.List;
import java.util.function.UnaryOperator;

/// The Euclidean norm of all gradients together: `norm = sqrt(sum over all of g^2)`.
///
/// @param gradients any shapes
/// @param norm `[1]`; infinite or NaN if a gradient is
public record GradientNorm(List<Tensor> gradients, Tensor norm) implements Op {
    public GradientNorm {
        gradients = List.copyOf(gradients);
        Expect.elements("GradientNorm", "norm", norm, 1, DType.F32);
        for (Tensor gradient : gradients) {
            Expect.type("GradientNorm", "gradient", gradient, DType.F32);
        }
    }

    @Override
    public List<Tensor> inputs() {
        return gradients;
    }

    @Override
    public List<Tensor> outputs() {
        return List.of(norm);
    }

    @Override
    public GradientNorm map(UnaryOperator<Tensor> f) {
        return new GradientNorm(gradients.stream().map(f).toList(), f.apply(norm));
    }

    @Override
    public long flops() {
        return 2 * gradients.stream().mapToLong(Tensor::elements).sum();
    }
}
