package io.tornadogpt.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.tornadogpt.core.backend.Session;
import io.tornadogpt.core.op.Copy;
import io.tornadogpt.core.program.Program;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Role;
import io.tornadogpt.core.tensor.Shape;
import io.tornadogpt.core.tensor.TensorSpec;
import io.tornadogpt.kernels.backend.DeviceFailure;
import io.tornadogpt.kernels.backend.TornadoBackend;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task2;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.util.List;

/// A kernel that does not compile is reported in a sentence, and nothing is computed in its place.
class BrokenKernelsTest {
    private final TensorSpec in = new TensorSpec("in", Shape.of(3), DType.F32, Role.OUTPUT);
    private final TensorSpec out = new TensorSpec("out", Shape.of(3), DType.F32, Role.OUTPUT);
    private final Program program =
            Program.builder("copy")
                    .once("op", ops -> ops.accept(new Copy(in.whole(), out.whole())))
                    .build();

    @BeforeAll
    static void onlyADeviceCompiles() {
        assumeFalse(ChosenCases.emulated());
    }

    private Session open(String name, Task2<FloatArray, FloatArray> kernel) {
        Session session = new TornadoBackend(op -> kernels(name, kernel)).open(List.of(program));
        session.write(in, 5f, 6f, 7f);
        return session;
    }

    /// A kernel that is right, and then the one that may not be.
    private OpKernels kernels(String name, Task2<FloatArray, FloatArray> kernel) {
        return OpKernels.of(
                        "copies",
                        (t, g, task) ->
                                g.task(
                                        task,
                                        BrokenKernels::copies,
                                        t.floats(in.whole()),
                                        new FloatArray(1)))
                .then(
                        name,
                        (t, g, task) ->
                                g.task(task, kernel, t.floats(in.whole()), t.floats(out.whole())));
    }

    private void refuses(String name, Task2<FloatArray, FloatArray> kernel, String cause) {
        try (Session session = open(name, kernel)) {
            var failure = assertThrows(DeviceFailure.class, () -> session.run("copy"));
            String message = failure.getMessage();
            String device = new TornadoBackend().description();
            String start = "kernel " + name + " does not compile for " + device + ": ";
            assertTrue(message.startsWith(start), message);
            assertTrue(message.contains(cause), message);
            assertEquals(1, message.lines().count(), message);
            assertFalse(message.contains("\u001b"), message);
            assertEquals(0f, session.readFloats(out)[0]);
        }
    }

    @Test
    void kernelThatMakesObjectsIsNamed() {
        refuses("makesText", BrokenKernels::makesText, "cannot be inlined");
    }

    @Test
    void kernelThatThrowsIsNamed() {
        refuses("throwsAtNegative", BrokenKernels::throwsAtNegative, "throwsAtNegative");
    }

    @Test
    void kernelThatLocksIsNamed() {
        refuses("locks", BrokenKernels::locks, "MonitorEnter");
    }

    @Test
    void kernelThatTheDriverRefusesIsNamed() {
        refuses("size_t", BrokenKernels::size_t, "OpenCL driver");
    }

    @Test
    void theSameWithoutAFaultComputes() {
        try (Session session = open("copies", BrokenKernels::copies)) {
            session.run("copy");
            assertEquals(5f, session.readFloats(out)[0]);
        }
    }
}
