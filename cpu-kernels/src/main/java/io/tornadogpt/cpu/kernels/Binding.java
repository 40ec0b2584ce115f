package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.util.function.Function;

/// What operations are bound to where they stand in a program: each kernel makes of an operation a
/// call that has looked up shapes and memory. What may change from run to run (random keys,
/// windows) is read when the call runs.
///
/// @param workers threads
/// @param layer that the operation runs at, part of the key of random bits
/// @param memory of a tensor at that layer
public record Binding(Workers workers, int layer, Function<Tensor, MemorySegment> memory) {
    MemorySegment at(Tensor tensor) {
        return memory.apply(tensor);
    }

    @Nullable MemorySegment atOrNull(@Nullable Tensor tensor) {
        return tensor == null ? null : memory.apply(tensor);
    }
}
