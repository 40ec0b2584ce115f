package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.Tensor;

import java.util.List;
import java.util.function.UnaryOperator;

/// A function applied to each element: `out = f(x)`.
///
/// @param x any shape
/// @param out as `x`
/// @param function f
public record Activation(Tensor x, Tensor out, Function function) implements Op {
    /// What stands between the linear layers of an MLP. `s` is the logistic function `1 / (1 +
    /// exp(-x))`, `Phi` the distribution function of the normal distribution.
    public enum Function {
        /// `x Phi(x)` (Hendrycks and Gimpel, 2016) in GPT-2's approximation: `0.5 x (1 +
        /// tanh(sqrt(2/pi) (x + 0.044715 x^3)))`.
        GELU_TANH,
        /// `x Phi(x)`, with `Phi(x) = 0.5 (1 + erf(x / sqrt(2)))`.
        GELU,
        /// `x s(x)`, also called swish (Ramachandran et al., 2017).
        SILU,
        /// `max(x, 0)`; its derivative at 0 is 0.
        RELU,
        /// `tanh(x)`: BERT's pooler.
        TANH
    }

    public Activation {
        Expect.sameShape("Activation", "out", out, "x", x);
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
    public Activation map(UnaryOperator<Tensor> f) {
        return new Activation(f.apply(x), f.apply(out), function);
    }

    @Override
    public void appendGradient(Gradients gradients) {
        Tensor dOut = gradients.of(out);
        if (dOut != null && gradients.wanted(x)) {
            gradients.append(new Backward(x, dOut, gradients.assigned(x), function));
        }
    }

    /// `dX = dOut * f'(x)`; all three of one shape.
    public record Backward(Tensor x, Tensor dOut, Tensor dX, Function function) implements Op {
        public Backward {
            Expect.sameShape("Activation.Backward", "dOut", dOut, "x", x);
            Expect.sameShape("Activation.Backward", "dX", dX, "x", x);
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
            return new Backward(f.apply(x), f.apply(dOut), f.apply(dX), function);
        }
    }
}
