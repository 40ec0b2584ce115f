package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.Tensor;

import java.util.List;
import java.util.function.UnaryOperator;

/// `out = cap * tanh(x / cap)`: keeps logits between `-cap` and `cap`, as Gemma 2 does (Gemma Team,
/// 2024).
///
/// @param x any shape
/// @param out as `x`
/// @param cap above 0
public record SoftCap(Tensor x, Tensor out, double cap) implements Op {
    public SoftCap {
        Expect.sameShape("SoftCap", "out", out, "x", x);
        check("SoftCap", cap);
    }

    private static void check(String op, double cap) {
        Expect.that(
                cap > 0 && Double.isFinite(cap), "%s: cap is %s; expected a number > 0", op, cap);
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
    public SoftCap map(UnaryOperator<Tensor> f) {
        return new SoftCap(f.apply(x), f.apply(out), cap);
    }

    @Override
    public void appendGradient(Gradients gradients) {
        Tensor dOut = gradients.of(out);
        if (dOut != null && gradients.wanted(x)) {
            gradients.append(new Backward(out, dOut, gradients.assigned(x), cap));
        }
    }

    /// `dX = dOut * (1 - (out / cap)^2)`; all three of one shape.
    public record Backward(Tensor out, Tensor dOut, Tensor dX, double cap) implements Op {
        public Backward {
            Expect.sameShape("SoftCap.Backward", "dOut", dOut, "out", out);
            Expect.sameShape("SoftCap.Backward", "dX", dX, "out", out);
            check("SoftCap.Backward", cap);
        }

        @Override
        public List<Tensor> inputs() {
            return List.of(out, dOut);
        }

        @Override
        public List<Tensor> outputs() {
            return List.of(dX);
        }

        @Override
        public List<Tensor> overwritable() {
            return List.of(dOut, out);
        }

        @Override
        public Backward map(UnaryOperator<Tensor> f) {
            return new Backward(f.apply(out), f.apply(dOut), f.apply(dX), cap);
        }
    }
}
