package io.tornadogpt.kernels;

import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.core.testing.OpCase;
import io.tornadogpt.core.testing.OpCheck;
import io.tornadogpt.core.testing.Values;
import io.tornadogpt.kernels.backend.TornadoBackend;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;

/// Makes op cases of any sizes: tensors are the middle slices of three, outputs start as NaN.
final class Sizes {
    private final Map<String, Values> values = new HashMap<>();
    private final long seed;

    Sizes(long seed) {
        this.seed = seed;
    }

    /// An input, or what an op adds to.
    Tensor input(String name, int... sizes) {
        return input(name, Values.normal(), sizes);
    }

    Tensor input(String name, Values value, int... sizes) {
        values.put(name, value);
        return tensor(name, DType.F32, sizes);
    }

    Tensor integers(String name, Values value, int... sizes) {
        values.put(name, value);
        return tensor(name, DType.I32, sizes);
    }

    Tensor output(String name, int... sizes) {
        return tensor(name, DType.F32, sizes);
    }

    private static Tensor tensor(String name, DType type, int... sizes) {
        return new TensorSpec(name, Shape.of(sizes), type, Role.INPUT, 3).at(1);
    }

    /// Compares the kernels with the reference.
    ///
    /// @param forward computes what `op` reads of it
    void check(Op op, @Nullable Op forward) {
        var opCase = new OpCase(op.toString(), op, forward, values, seed);
        OpCheck.run(new TornadoBackend(), opCase).verify();
    }
}
