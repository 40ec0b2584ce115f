package io.tornadogpt.emulator;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static uk.ac.manchester.tornado.api.enums.DataTransferMode.EVERY_EXECUTION;

import io.tornadogpt.emulator.EmulatorFinding.Kind;

import org.junit.jupiter.api.Test;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task2;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task3;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task4;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.util.List;

/// What the emulator finds in a kernel's code before it runs. TornadoVM 5.2 was seen to compile
/// forever what is refused here as an alias, and to compile the rest of it at once.
class CodeFindingsTest {

    private static final int N = 8;

    private final FloatArray x = filled(1);
    private final FloatArray z = filled(3);

    @Test
    void anArrayIsNotNamedAgainBehindAnArgumentThatIsWritten() {
        for (Task3<FloatArray, FloatArray, Integer> kernel :
                List.<Task3<FloatArray, FloatArray, Integer>>of(
                        AliasKernels::writeRead,
                        AliasKernels::writeWrite,
                        AliasKernels::modifyRead,
                        AliasKernels::neverWrites)) {
            EmulatorFinding finding = finds(Kind.ALIAS, () -> runs(kernel, x, x));
            assertEquals("y", finding.buffer());
            assertTrue(finding.getMessage().contains("writes as x"), finding.getMessage());
        }
        finds(Kind.ALIAS, () -> runs(AliasKernels::readWriteRead, x, z, z));
        finds(Kind.ALIAS, () -> runs(AliasKernels::readWriteRead, z, z, z));
    }

    @Test
    void anArrayMayBeNamedAgainWhereOnlyItsLastArgumentIsWritten() {
        runs(AliasKernels::readWrite, x, x);
        assertEquals(1.0f, x.get(3));
        runs(AliasKernels::readModify, x, x);
        assertEquals(2.0f, x.get(3));
        runs(AliasKernels::readWriteRead, x, z, x);
        assertEquals(4.0f, z.get(3));
        runs(AliasKernels::readWriteRead, z, z, x);
        assertEquals(6.0f, z.get(3));
    }

    @Test
    void differentArraysMayBeWrittenInAnyOrder() {
        runs(AliasKernels::writeRead, x, z);
        assertEquals(3.0f, x.get(3));
        assertDoesNotThrow(() -> runs(AliasKernels::writeWrite, x, z));
    }

    @Test
    void aLocalArrayHandedToAHelperIsFound() {
        EmulatorFinding finding =
                finds(Kind.LOCAL_MEMORY, () -> runs(BuggyKernels::handsLocalArrayOver));
        assertTrue(finding.getMessage().contains("BuggyKernels.largest"), finding.getMessage());
        finds(Kind.LOCAL_MEMORY, () -> runs(BuggyKernels::handsLocalArrayOn));
    }

    @Test
    void privateArraysAndThoseThatAHelperReturnsAreFine() {
        runs(BuggyKernels::handsPrivateArrayOver);
        assertEquals(21.0f, x.get(3));
        runs(BuggyKernels::takesLocalArrayBack);
        assertEquals(4.0f, x.get(3));
    }

    @Test
    void aMixedConditionThatIsKeptAsAValueIsFound() {
        EmulatorFinding finding =
                finds(Kind.CONDITION, () -> runs(BuggyKernels::keepsMixedCondition));
        assertTrue(finding.getMessage().contains("BuggyKernels, line "), finding.getMessage());
        finds(Kind.CONDITION, () -> runs(BuggyKernels::keepsMixedConditionInHelper));
    }

    @Test
    void rowsOfOneKindAndConditionsOfAnIfAreFine() {
        runs(BuggyKernels::keepsPlainConditions);
        assertEquals(1.0f, x.get(3));
        assertEquals(0.0f, x.get(4));
    }

    private static void runs(
            Task3<FloatArray, FloatArray, Integer> kernel, FloatArray a, FloatArray b) {
        run(
                new TaskGraph("g")
                        .transferToDevice(EVERY_EXECUTION, a, b)
                        .task("t", kernel, a, b, N),
                a,
                b);
    }

    private static void runs(
            Task4<FloatArray, FloatArray, FloatArray, Integer> kernel,
            FloatArray a,
            FloatArray b,
            FloatArray c) {
        run(
                new TaskGraph("g")
                        .transferToDevice(EVERY_EXECUTION, a, b, c)
                        .task("t", kernel, a, b, c, N),
                b);
    }

    private static void run(TaskGraph graph, FloatArray... out) {
        graph.transferToHost(EVERY_EXECUTION, (Object[]) out);
        new TornadoExecutionPlan(graph.snapshot()).execute();
    }

    private void runs(Task2<KernelContext, FloatArray> kernel) {
        TaskGraph graph =
                new TaskGraph("g")
                        .task("t", kernel, new KernelContext(), x)
                        .transferToHost(EVERY_EXECUTION, x);
        var grid = new WorkerGrid1D(N);
        grid.setLocalWork(N, 1, 1);
        new TornadoExecutionPlan(graph.snapshot())
                .withGridScheduler(new GridScheduler("g.t", grid))
                .execute();
    }

    private static EmulatorFinding finds(Kind kind, Runnable run) {
        EmulatorFinding finding = assertThrows(EmulatorFinding.class, run::run);
        assertEquals(kind, finding.kind(), finding.getMessage());
        return finding;
    }

    private static FloatArray filled(float value) {
        var array = new FloatArray(N);
        array.init(value);
        return array;
    }
}
