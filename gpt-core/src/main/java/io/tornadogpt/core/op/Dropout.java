package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;

import java.util.List;
import java.util.function.UnaryOperator;

/// Inverted dropout (Srivastava et al., 2014): `out = x / (1 - p)` where the element is kept and 0
/// where it is not. Which are kept is a function of [io.tornadogpt.core.random.Threefry], so the
/// gradient is the same operation applied to `dOut` and no mask is stored.
///
/// @param x any shape, seen as a matrix: row and column address the random word
/// @param out as `x`
/// @param mask which elements are dropped
public record Dropout(Tensor x, Tensor out, Mask mask) implements Op {
    /// Which elements are dropped, the same on every device.
    ///
    /// @param probability of an element to be dropped, `0 <= p < 1`
    /// @param rng `[4]` I32: seed low, seed high, step, micro-batch
    /// @param id number of this place in the model, the same however the program is rewritten
    public record Mask(double probability, Tensor rng, int id) {
        public Mask {
            Expect.probability("Dropout", probability);
            Expect.elements("Dropout", "rng", rng, 4, DType.I32);
        }

        /// An element is kept if the low 24 bits of its random word are at least this.
        public int threshold() {
            return (int) Math.round(probability * (1 << 24));
        }

        /// What kept elements are multiplied by.
        public double keepScale() {
            return 1 / (1 - probability);
        }

        Mask map(UnaryOperator<Tensor> f) {
            return new Mask(probability, f.apply(rng), id);
        }
    }

    public Dropout {
        Expect.sameShape("Dropout", "out", out, "x", x);
    }

    @Override
    public List<Tensor> inputs() {
        return List.of(x, mask.rng);
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
    public Dropout map(UnaryOperator<Tensor> f) {
        return new Dropout(f.apply(x), f.apply(out), mask.map(f));
    }

    @Override
    public void appendGradient(Gradients gradients) {
        Tensor dOut = gradients.of(out);
        if (dOut != null && gradients.wanted(x)) {
            gradients.append(new Dropout(dOut, gradients.assigned(x), mask));
        }
    }
}
