package io.tornadogpt.kernels;

import io.tornadogpt.core.op.CustomOp;

import java.util.Map;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/// The kernels of a [CustomOp], found with [ServiceLoader]. The kernels' package must be open to
/// TornadoVM, as those of this module are, and compiled with `javac -g`.
public interface CustomOpKernels {
    /// The operation that these compute.
    Class<? extends CustomOp> op();

    /// How an operation is launched.
    ///
    /// @param op of the class that [#op] names
    OpKernels kernels(CustomOp op);

    /// Whether there are kernels for an operation.
    static boolean exist(CustomOp op) {
        return Found.KERNELS.containsKey(op.getClass());
    }

    /// How a custom operation is launched.
    ///
    /// @throws UnsupportedOperationException where there are no kernels for it
    static OpKernels of(CustomOp op) {
        CustomOpKernels found = Found.KERNELS.get(op.getClass());
        if (found == null) {
            throw new UnsupportedOperationException(
                    "no %s computes %s; provide one as a service"
                            .formatted(CustomOpKernels.class.getName(), op.name()));
        }
        return found.kernels(op);
    }

    /// Those on the module path or the class path, looked for once.
    final class Found {
        private static final Map<Class<? extends CustomOp>, CustomOpKernels> KERNELS =
                ServiceLoader.load(CustomOpKernels.class).stream()
                        .map(ServiceLoader.Provider::get)
                        .collect(Collectors.toUnmodifiableMap(CustomOpKernels::op, k -> k));

        private Found() {}
    }
}
