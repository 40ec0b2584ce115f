package io.tornadogpt.kernels;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.op.CustomOp;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.Tensor;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.kernels.backend.TornadoBackend;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.function.UnaryOperator;

/// An operation from outside that nobody has kernels for is refused before anything runs.
class CustomOpTest {
    /// An operation without kernels.
    record Unknown(Tensor x, Tensor out) implements CustomOp {
        @Override
        public List<Tensor> inputs() {
            return List.of(x);
        }

        @Override
        public List<Tensor> outputs() {
            return List.of(out);
        }

        @Override
        public Unknown map(UnaryOperator<Tensor> replacement) {
            return new Unknown(replacement.apply(x), replacement.apply(out));
        }

        @Override
        public String name() {
            return "Unknown";
        }
    }

    @Test
    void operationWithoutKernelsIsRefusedByItsName() {
        var x = new TensorSpec("x", Shape.of(3), DType.F32, Role.INPUT);
        var out = new TensorSpec("out", Shape.of(3), DType.F32, Role.OUTPUT);
        var op = new Unknown(x.whole(), out.whole());
        Program program = Program.builder("one").once("op", ops -> ops.accept(op)).build();
        var backend = new TornadoBackend();
        assertFalse(backend.supports(op));
        var refusal =
                assertThrows(
                        UnsupportedOperationException.class, () -> backend.open(List.of(program)));
        assertTrue(refusal.getMessage().contains("Unknown"), refusal.getMessage());
        var missing =
                assertThrows(UnsupportedOperationException.class, () -> CustomOpKernels.of(op));
        assertTrue(missing.getMessage().contains(CustomOpKernels.class.getName()));
    }
}
