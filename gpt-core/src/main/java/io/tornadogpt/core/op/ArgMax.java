package io.tornadogpt.core.op;

import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;

import java.util.List;
import java.util.function.UnaryOperator;

/// The position of each row's largest element, of equal ones the first: greedy decoding without the
/// logits leaving the device.
///
/// @param logits `[B, V]`
/// @param ids `[B]` I32; -1 where a logit is NaN or positive infinity, or none is above -1e30
public record ArgMax(Tensor logits, Tensor ids) implements Op {
    public ArgMax {
        Expect.type("ArgMax", "logits", logits, DType.F32);
        Expect.elements("ArgMax", "ids", ids, logits.rows(), DType.I32);
    }

    @Override
    public List<Tensor> inputs() {
        return List.of(logits);
    }

    @Override
    public List<Tensor> outputs() {
        return List.of(ids);
    }

    @Override
    public ArgMax map(UnaryOperator<Tensor> f) {
        return new ArgMax(f.apply(logits), f.apply(ids));
    }

    @Override
    public long flops() {
        return logits.elements();
    }
}
