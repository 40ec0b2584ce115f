package io.tornadogpt.kernels.examples;

import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.core.testing.OpCase;
import io.tornadogpt.core.testing.OpCheck;
import io.tornadogpt.core.testing.Values;
import io.tornadogpt.kernels.backend.TornadoBackend;

import java.util.Map;

/// An operation of one's own in a program, checked against its reference on the device: [Reverse]
/// says what it is, [ReverseReference] and [ReverseKernels] compute it, and are found as services.
/// The package says how this is started.
public final class OwnOp {
    private OwnOp() {}

    public static void main(String[] arguments) {
        var x = new TensorSpec("x", Shape.of(5, 33), DType.F32, Role.INPUT);
        var out = new TensorSpec("out", Shape.of(5, 33), DType.F32, Role.OUTPUT);
        var op = new Reverse(x.whole(), out.whole());
        var backend = new TornadoBackend();
        var opCase = new OpCase(op.name() + " rows=5", op, null, Map.of("x", Values.normal()), 1);
        System.out.println(OpCheck.run(backend, opCase));
        System.out.println(
                "Next: the same operation in a model's program, where autodiff asks it for its"
                        + " gradient; CustomOp says what else a backend needs.");
    }
}
