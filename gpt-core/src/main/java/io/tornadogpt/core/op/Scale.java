package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.Tensor;

import java.util.List;
import java.util.function.UnaryOperator;

/// `out = factor * x`: Gemma's embedding, which is multiplied by the root of the width; the part of
/// an adapter.
///
/// @param x any shape
/// @param out as `x`
public record Scale(Tensor x, Tensor out, double factor) implements Op {
    public Scale {
        Expect.sameShape("Scale", "out", out, "x", x);
        Expect.that(
                Double.isFinite(factor), "Scale: factor is %s; expected a finite number", factor);
    }

    @Override
    public List<Tensor> inputs() {
        return List.of(x);
    }

    @Override
    public List<Tensor> outputs() {
        return List.of(out);
    }

    @Override
    public List<Tensor> overwritable() {
        return List.of(x);
    }

    @Override
    public Scale map(UnaryOperator<Tensor> f) {
        return new Scale(f.apply(x), f.apply(out), factor);
    }

    @Override
    public void appendGradient(Gradients gradients) {
        Tensor dOut = gradients.of(out);
        if (dOut != null && gradients.wanted(x)) {
            gradients.append(new Scale(dOut, gradients.assigned(x), factor));
        }
    }
}
