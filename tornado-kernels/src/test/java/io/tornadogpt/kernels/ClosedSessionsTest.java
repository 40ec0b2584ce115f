package io.tornadogpt.kernels;

import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.op.Copy;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.kernels.backend.TornadoBackend;

import org.junit.jupiter.api.Test;

import java.util.List;

/// A session that is closed leaves nothing on the device.
class ClosedSessionsTest {
    /// Of 1.5 GiB each: TornadoVM allocates 4 GB where it is not told otherwise, so the third
    /// session finds no memory unless an earlier one gave its own back.
    private static final int SESSIONS = 3;

    private static final int ELEMENTS = 192 << 20;

    private static TensorSpec spec(String name) {
        return new TensorSpec(name, Shape.of(ELEMENTS), DType.F32, Role.OUTPUT);
    }

    @Test
    void closedSessionsGiveTheDevicesMemoryBack() {
        assumeFalse(ChosenCases.emulated());
        TensorSpec in = spec("in");
        TensorSpec out = spec("out");
        Program program =
                Program.builder("copy")
                        .once("op", ops -> ops.accept(new Copy(in.whole(), out.whole())))
                        .build();
        for (int i = 0; i < SESSIONS; i++) {
            try (Session session = new TornadoBackend().open(List.of(program))) {
                session.run("copy");
            }
        }
    }
}
