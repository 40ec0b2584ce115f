package io.tornadogpt.cpu;

import io.tornadogpt.core.op.CustomOp;
import io.tornadogpt.core.tensor.Tensor;

import java.lang.foreign.MemorySegment;
import java.util.function.Function;
import java.util.function.IntConsumer;

/// What the CPU backend computes for a [CustomOp], found with [java.util.ServiceLoader].
public interface CpuKernel {
    /// The operation that this computes.
    Class<? extends CustomOp> op();

    /// Makes a call that computes an operation. Asked for once for each place where the operation
    /// stands; the call runs whenever the program does.
    ///
    /// @param op of the class that [#op] names
    /// @param memory where a tensor of the operation lies: its elements densely in row-major order,
    ///   4 bytes (`float`, `int`) for each F32 or I32, 2 for each BF16
    /// @param threads to share the work
    Runnable bind(CustomOp op, Function<Tensor, MemorySegment> memory, Threads threads);

    /// The threads of a session.
    interface Threads {
        /// Runs a body for units 0 to `units - 1`, on all threads, and returns when all are done.
        /// Results are the same for every number of threads where units write apart.
        void run(int units, IntConsumer unit);
    }
}
