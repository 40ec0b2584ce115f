package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.Tensor;

import java.util.List;
import java.util.function.UnaryOperator;

/// `out = a + b`, element by element: a residual connection, or the sum of two gradients.
public record Add(Tensor a, Tensor b, Tensor out) implements Op {
    public Add {
        Expect.sameShape("Add", "b", b, "a", a);
        Expect.sameShape("Add", "out", out, "a", a);
    }

    @Override
    public List<Tensor> inputs() {
        return List.of(a, b);
    }

    @Override
    public List<Tensor> outputs() {
        return List.of(out);
    }

    @Override
    public List<Tensor> overwritable() {
        return List.of(a, b);
    }

    @Override
    public Add map(UnaryOperator<Tensor> f) {
        return new Add(f.apply(a), f.apply(b), f.apply(out));
    }

    @Override
    public void appendGradient(Gradients gradients) {
        Tensor dOut = gradients.of(out);
        if (dOut == null) {
            return;
        }
        for (Tensor input : inputs()) {
            if (gradients.wanted(input)) {
                gradients.pass(input, dOut);
            }
        }
    }
}
