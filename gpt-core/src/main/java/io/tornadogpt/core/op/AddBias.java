package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.Tensor;

import java.util.List;
import java.util.function.UnaryOperator;

/// `out = x + bias`, the bias added to every row.
///
/// @param x `[.., C]`
/// @param bias `[C]`
/// @param out as `x`
public record AddBias(Tensor x, Tensor bias, Tensor out) implements Op {
    public AddBias {
        Expect.shape("AddBias", "bias", bias, x.columns());
        Expect.sameShape("AddBias", "out", out, "x", x);
    }

    @Override
    public List<Tensor> inputs() {
        return List.of(x, bias);
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
    public AddBias map(UnaryOperator<Tensor> f) {
        return new AddBias(f.apply(x), f.apply(bias), f.apply(out));
    }

    @Override
    public void appendGradient(Gradients gradients) {
        Tensor dOut = gradients.of(out);
        if (dOut == null) {
            return;
        }
        if (gradients.wanted(bias)) {
            Expect.accumulated("AddBias", "bias", bias, gradients);
            gradients.append(new Backward(dOut, gradients.part(bias)));
        }
        if (gradients.wanted(x)) {
            gradients.pass(x, dOut);
        }
    }

    /// `dBias += ` the sum of the rows of `dOut`.
    ///
    /// @param dOut `[.., C]`
    /// @param dBias `[C]`, accumulated
    public record Backward(Tensor dOut, Tensor dBias) implements Op {
        public Backward {
            Expect.shape("AddBias.Backward", "dBias", dBias, dOut.columns());
        }

        @Override
        public List<Tensor> inputs() {
            return List.of(dOut, dBias);
        }

        @Override
        public List<Tensor> outputs() {
            return List.of(dBias);
        }

        @Override
        public Backward map(UnaryOperator<Tensor> f) {
            return new Backward(f.apply(dOut), f.apply(dBias));
        }
    }
}
