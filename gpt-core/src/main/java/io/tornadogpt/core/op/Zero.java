package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.Tensor;

import java.util.List;
import java.util.function.UnaryOperator;

/// `x = 0`: an accumulated gradient after the optimizer has used it.
public record Zero(Tensor x) implements Op {
    @Override
    public List<Tensor> inputs() {
        return List.of();
    }

    @Override
    public List<Tensor> outputs() {
        return List.of(x);
    }

    @Override
    public Zero map(UnaryOperator<Tensor> f) {
        return new Zero(f.apply(x));
    }
}
