package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.Tensor;

import java.util.List;
import java.util.function.UnaryOperator;

/// The Gaussian error linear unit, `out = x * Phi(x)` (Hendrycks and Gimpel, 2016).
public record Gelu(Tensor x, Tensor out, Form form) implements Op {
    /// How Phi, the normal distribution function, is computed.
    public enum Form {
        /// GPT-2's approximation: `0.5 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))`.
        TANH,
        /// `0.5 (1 + erf(x / sqrt(2)))`.
        EXACT
    }

    public Gelu {
        Expect.sameShape("Gelu", "out", out, "x", x);
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
    public Gelu map(UnaryOperator<Tensor> f) {
        return new Gelu(f.apply(x), f.apply(out), form);
    }

    @Override
    public void appendGradient(Gradients gradients) {
        Tensor dOut = gradients.of(out);
        if (dOut != null && gradients.wanted(x)) {
            gradients.append(new Backward(x, dOut, gradients.assigned(x), form));
        }
    }

    /// `dX = dOut * gelu'(x)`; all three of one shape.
    public record Backward(Tensor x, Tensor dOut, Tensor dX, Form form) implements Op {
        public Backward {
            Expect.sameShape("Gelu.Backward", "dOut", dOut, "x", x);
            Expect.sameShape("Gelu.Backward", "dX", dX, "x", x);
        }

        @Override
        public List<Tensor> inputs() {
            return List.of(x, dOut);
        }

        @Override
        public List<Tensor> outputs() {
            return List.of(dX);
        }

        @Override
        public List<Tensor> overwritable() {
            return List.of(dOut, x);
        }

        @Override
        public Backward map(UnaryOperator<Tensor> f) {
            return new Backward(f.apply(x), f.apply(dOut), f.apply(dX), form);
        }
    }
}
