package io.tornadogpt.kernels.examples;

import io.tornadogpt.core.op.CustomOp;
import io.tornadogpt.core.op.Gradients;
import io.tornadogpt.core.tensor.Tensor;

import java.util.List;
import java.util.function.UnaryOperator;

/// An operation of one's own: the elements of each row in reverse order. Its gradient is itself.
///
/// @param x `[.., C]`
/// @param out as `x`
public record Reverse(Tensor x, Tensor out) implements CustomOp {
    public Reverse {
        if (!x.shape().equals(out.shape())) {
            throw new IllegalArgumentException(
                    "Reverse: out is %s but x is %s; expected equal shapes".formatted(out, x));
        }
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
    public Reverse map(UnaryOperator<Tensor> replacement) {
        return new Reverse(replacement.apply(x), replacement.apply(out));
    }

    @Override
    public void appendGradient(Gradients gradients) {
        Tensor dOut = gradients.of(out);
        if (dOut != null && gradients.wanted(x)) {
            gradients.append(new Reverse(dOut, gradients.assigned(x)));
        }
    }
}
