package io.tornadogpt.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.op.Copy;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.kernels.backend.TornadoBackend;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.List;

/// CUDA graphs are asked for by a property, and refused where they cannot be had.
class CudaGraphsTest {
    private static final String PROPERTY = "tornadogpt.cudaGraphs";

    private final TensorSpec in = new TensorSpec("in", Shape.of(3), DType.F32, Role.OUTPUT);
    private final TensorSpec out = new TensorSpec("out", Shape.of(3), DType.F32, Role.OUTPUT);
    private final Program program =
            Program.builder("copy")
                    .once("op", ops -> ops.accept(new Copy(in.whole(), out.whole())))
                    .build();

    @AfterEach
    void doNotAsk() {
        System.clearProperty(PROPERTY);
    }

    private Session open(ExecutionOptions options) {
        return new TornadoBackend().open(List.of(program), options);
    }

    private String refusal(ExecutionOptions options) {
        return assertThrows(IllegalArgumentException.class, () -> open(options)).getMessage();
    }

    /// The emulator holds the plan to asking before the first execution.
    @Test
    void repeatedRunsSeeWhatTheHostWroteInBetween() {
        assumeTrue(ChosenCases.emulated());
        System.setProperty(PROPERTY, "true");
        try (Session session = open(ExecutionOptions.DEFAULT)) {
            for (float first : new float[] {5f, 8f}) {
                session.write(in, first, 6f, 7f);
                session.run("copy");
                assertArrayEquals(new float[] {first, 6f, 7f}, session.readFloats(out));
            }
        }
    }

    @Test
    void otherBackendsThanCudaAreRefused() {
        assumeFalse(ChosenCases.emulated());
        String device = new TornadoBackend().description();
        assumeFalse(device.startsWith("CUDA"));
        System.setProperty(PROPERTY, "true");
        assertEquals(
                "-Dtornadogpt.cudaGraphs=true needs TornadoVM's CUDA backend, but the device is "
                        + device
                        + "; leave it out",
                refusal(ExecutionOptions.DEFAULT));
    }

    @Test
    void profilingIsRefused() {
        assumeTrue(ChosenCases.emulated());
        System.setProperty(PROPERTY, "true");
        String message = refusal(ExecutionOptions.DEFAULT.profiled());
        assertTrue(message.contains("nothing to measure kernel by kernel"), message);
    }

    @Test
    void valuesThatMeanNothingAreRefused() {
        System.setProperty(PROPERTY, "yes");
        assertEquals(
                "-Dtornadogpt.cudaGraphs is 'yes'; expected true or false",
                refusal(ExecutionOptions.DEFAULT));
    }
}
