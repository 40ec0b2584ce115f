package io.tornadogpt.core.testing;

import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;

/// Declares the tensors of one case. Each is the middle slice of a stack of three.
final class Operands {
    private static final long SEED = 1;
    static final int SLICES = 3;

    private final Map<String, Values> values = new HashMap<>();

    Tensor input(String name, int... sizes) {
        return input(name, Values.normal(), sizes);
    }

    Tensor input(String name, Values value, int... sizes) {
        return declare(name, DType.F32, Role.INPUT, value, sizes);
    }

    Tensor integers(String name, Values value, int... sizes) {
        return declare(name, DType.I32, Role.INPUT, value, sizes);
    }

    Tensor parameter(String name, int... sizes) {
        return declare(name, DType.F32, Role.PARAMETER, Values.normal(), sizes);
    }

    /// A parameter that is held as another type than F32.
    Tensor weights(String name, DType type, int... sizes) {
        return declare(name, type, Role.PARAMETER, Values.normal(), sizes);
    }

    /// What an operation adds to: it starts from values, not from zero.
    Tensor accumulated(String name, int... sizes) {
        return declare(name, DType.F32, Role.GRADIENT, Values.normal(), sizes);
    }

    /// Read and written.
    Tensor state(String name, Role role, Values value, int... sizes) {
        return declare(name, DType.F32, role, value, sizes);
    }

    /// The same of another type than F32.
    Tensor state(String name, DType type, Role role, Values value, int... sizes) {
        return declare(name, type, role, value, sizes);
    }

    Tensor output(String name, int... sizes) {
        return declare(name, DType.F32, Role.OUTPUT, null, sizes);
    }

    Tensor integerOutput(String name, int... sizes) {
        return declare(name, DType.I32, Role.OUTPUT, null, sizes);
    }

    /// A key for random bits; half of all words are negative, as seeds may be.
    Tensor rng() {
        return integers("rng", Values.of(-123456789, 77, 3, -1), 4);
    }

    /// Such a key for each of some rows.
    Tensor keys(int rows) {
        return integers("rng", Values.of(-123456789, 77, 3, -1, 2, 0, 9), rows, 4);
    }

    private Tensor declare(
            String name, DType type, Role role, @Nullable Values value, int... sizes) {
        if (value != null) {
            values.put(name, value);
        }
        return new TensorSpec(name, Shape.of(sizes), type, role, SLICES).at(1);
    }

    OpCase of(String variant, Op op) {
        return of(variant, op, null);
    }

    OpCase of(String variant, Op op, @Nullable Op forward) {
        return new OpCase(op.name() + " " + variant, op, forward, values, SEED);
    }
}
