package io.tornadogpt.core.backend;

import io.tornadogpt.core.op.CustomOp;
import io.tornadogpt.core.tensor.Tensor;

import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.function.Function;
import java.util.stream.Collectors;

/// What the reference backend computes for a [CustomOp]: plain loops in double precision, found
/// with [ServiceLoader].
public interface ReferenceKernel {
    /// The operation that this computes.
    Class<? extends CustomOp> op();

    /// Computes the outputs of an operation.
    ///
    /// @param op of the class that [#op] names
    /// @param memory the elements of a tensor, densely in row-major order: 8 bytes (`double`) for
    ///   each F32, BF16, Q8_0 or Q4_0, 4 bytes (`int`) for each I32
    void run(CustomOp op, Function<Tensor, MemorySegment> memory);

    /// Whether there is a kernel for an operation.
    static boolean exists(CustomOp op) {
        return Found.KERNELS.containsKey(op.getClass());
    }

    /// The kernel of an operation.
    ///
    /// @throws UnsupportedOperationException where there is none
    static ReferenceKernel of(CustomOp op) {
        ReferenceKernel kernel = Found.KERNELS.get(op.getClass());
        if (kernel == null) {
            throw new UnsupportedOperationException(
                    "no %s computes %s; provide one as a service"
                            .formatted(ReferenceKernel.class.getName(), op.name()));
        }
        return kernel;
    }

    /// Those on the module path or the class path, looked for once.
    final class Found {
        private static final Map<Class<? extends CustomOp>, ReferenceKernel> KERNELS =
                ServiceLoader.load(ReferenceKernel.class).stream()
                        .map(ServiceLoader.Provider::get)
                        .collect(
                                Collectors.toUnmodifiableMap(
                                        ReferenceKernel::op, kernel -> kernel));

        private Found() {}
    }
}
