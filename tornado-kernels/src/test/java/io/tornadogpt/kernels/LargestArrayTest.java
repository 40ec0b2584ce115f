package io.tornadogpt.kernels;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.op.Zero;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.kernels.backend.TornadoBackend;

import org.junit.jupiter.api.Test;

import java.util.List;

/// Loops over elements count and step in an `int`.
class LargestArrayTest {
    @Test
    void arrayThatLoopsCannotCountIsRefusedBeforeItIsAllocated() {
        var spec =
                new TensorSpec("big", Shape.of(1 << 15, (1 << 15) + 1), DType.F32, Role.GRADIENT);
        Program program =
                Program.builder("zero")
                        .once("zero", ops -> ops.accept(new Zero(spec.whole())))
                        .build();
        var refused =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> new TornadoBackend().open(List.of(program)).close());
        assertTrue(
                refused.getMessage().startsWith("big has 1073774592 elements"),
                refused::getMessage);
        assertTrue(refused.getMessage().contains("at most 1073741824"), refused::getMessage);
    }
}
