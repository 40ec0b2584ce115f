package io.tornadogpt.core.reference;

import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.function.Function;

/// What an operation works in: the memory behind the tensors it names, and the layer it is at.
///
/// @param memory finds the elements of a tensor
/// @param layer of the repeated segment, 0 outside
record Frame(Function<Tensor, MemorySegment> memory, int layer) {
    Matrix matrix(Tensor tensor) {
        if (tensor.dtype() == DType.I32) {
            throw new IllegalArgumentException(
                    "%s is of type I32; expected floats".formatted(tensor));
        }
        return new Matrix(memory.apply(tensor), tensor.shape());
    }

    @Nullable Matrix matrixOrNull(@Nullable Tensor tensor) {
        return tensor == null ? null : matrix(tensor);
    }

    Integers integers(Tensor tensor) {
        require(tensor, DType.I32);
        return new Integers(tensor.spec().name(), memory.apply(tensor));
    }

    private static void require(Tensor tensor, DType type) {
        if (tensor.dtype() != type) {
            throw new IllegalArgumentException(
                    "%s is of type %s; expected %s".formatted(tensor, tensor.dtype(), type));
        }
    }
}
