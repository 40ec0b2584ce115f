package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.CustomOp;
import io.tornadogpt.cpu.CpuKernel;

import org.jspecify.annotations.Nullable;

import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/// The kernels of operations from outside, on the module path or the class path, looked for once.
public final class CustomKernels {
    private static final Map<Class<? extends CustomOp>, CpuKernel> FOUND =
            ServiceLoader.load(CpuKernel.class).stream()
                    .map(ServiceLoader.Provider::get)
                    .collect(Collectors.toUnmodifiableMap(CpuKernel::op, kernel -> kernel));

    private CustomKernels() {}

    /// Whether there is a kernel for an operation.
    public static boolean exists(CustomOp op) {
        return FOUND.containsKey(op.getClass());
    }

    static Runnable bind(CustomOp op, Binding binding) {
        @Nullable CpuKernel kernel = FOUND.get(op.getClass());
        if (kernel == null) {
            throw new UnsupportedOperationException(
                    "no %s computes %s; provide one as a service"
                            .formatted(CpuKernel.class.getName(), op.name()));
        }
        return bind(kernel, op, binding);
    }

    /// The call of a kernel that was found.
    public static Runnable bind(CpuKernel kernel, CustomOp op, Binding binding) {
        Workers workers = binding.workers();
        return kernel.bind(
                op,
                binding.memory(),
                (units, unit) -> workers.run(units, (number, scratch) -> unit.accept(number)));
    }
}
