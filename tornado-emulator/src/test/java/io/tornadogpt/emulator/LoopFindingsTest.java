package io.tornadogpt.emulator;

import static io.tornadogpt.emulator.EmulatorFinding.Kind.CARRIED;
import static io.tornadogpt.emulator.EmulatorFinding.Kind.LAUNCH_SHAPE;
import static io.tornadogpt.emulator.EmulatorFinding.Kind.NEVER_WRITTEN;
import static io.tornadogpt.emulator.EmulatorFinding.Kind.OUT_OF_BOUNDS;
import static io.tornadogpt.emulator.EmulatorFinding.Kind.RACE;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import static uk.ac.manchester.tornado.api.enums.DataTransferMode.EVERY_EXECUTION;

import io.tornadogpt.emulator.EmulatorFinding.Kind;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.WorkerGrid2D;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task3;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task4;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.util.stream.Stream;

/// Every mistake with `@Parallel` loops, and every grid that is too small, is found by name.
class LoopFindingsTest {

    private static final int N = 16;

    private final FloatArray x = new FloatArray(N);
    private final FloatArray y = new FloatArray(N);
    private final FloatArray out = new FloatArray(N);

    /// A kernel and what is to be found in it.
    record Fault(
            String name,
            Task4<FloatArray, FloatArray, FloatArray, Integer> kernel,
            Kind kind,
            @Nullable String workItem,
            String array,
            int index) {}

    private static Fault fault(
            String name,
            Task4<FloatArray, FloatArray, FloatArray, Integer> kernel,
            Kind kind,
            String workItem,
            String array,
            int index) {
        return new Fault(name, kernel, kind, workItem, array, index);
    }

    private static Fault carried(
            String name,
            Task4<FloatArray, FloatArray, FloatArray, Integer> kernel,
            String variable) {
        return new Fault(name, kernel, CARRIED, null, variable, -1);
    }

    private static Stream<Fault> faults() {
        return Stream.of(
                fault("carriedBackward", LoopFaults::carriedBackward, RACE, "i = 2", "x", 1),
                fault("carriedForward", LoopFaults::carriedForward, RACE, "i = 1", "x", 1),
                fault("prefixSums", LoopFaults::prefixSums, RACE, "i = 1", "out", 0),
                fault("stencilInPlace", LoopFaults::stencilInPlace, RACE, "i = 2", "x", 1),
                fault("twoWriteOne", LoopFaults::twoWriteOne, RACE, "i = 1", "out", 0),
                fault("allWriteOne", LoopFaults::allWriteOne, RACE, "i = 1", "out", 3),
                fault("scatter", LoopFaults::scatter, RACE, "i = 3", "out", 0),
                fault("histogram", LoopFaults::histogram, RACE, "i = 3", "x", 0),
                fault(
                        "secondLoopReadsAcross",
                        LoopFaults::secondLoopReadsAcross,
                        RACE,
                        "i = 0",
                        "y",
                        15),
                fault("secondLoopReadsAll", LoopFaults::secondLoopReadsAll, RACE, "i = 0", "y", 1),
                fault(
                        "innerWritesOuter",
                        LoopFaults::innerWritesOuter,
                        RACE,
                        "i = 0, j = 1",
                        "out",
                        0),
                fault(
                        "transposeInPlace",
                        LoopFaults::transposeInPlace,
                        RACE,
                        "row = 1, column = 0",
                        "x",
                        4),
                fault("stepsAround", LoopFaults::stepsAround, RACE, "i = 0", "out", 1),
                fault("privateCarried", LoopFaults::privateCarried, CARRIED, "i = 1", "last", 0),
                fault(
                        "countsOutside",
                        LoopFaults::countsOutside,
                        RACE,
                        "outside the @Parallel loops",
                        "x",
                        0),
                fault("countsBetween", LoopFaults::countsBetween, RACE, "i = 0", "y", 0),
                fault(
                        "privateNotZeroed",
                        LoopFaults::privateNotZeroed,
                        NEVER_WRITTEN,
                        "i = 0",
                        "sums",
                        0),
                fault("oneTooMany", LoopFaults::oneTooMany, OUT_OF_BOUNDS, "i = 16", "x", 16),
                carried("scalarSum", LoopFaults::scalarSum, "sum"),
                carried("scalarMaximum", LoopFaults::scalarMaximum, "largest"),
                carried("counter", LoopFaults::counter, "count"),
                carried("lastValue", LoopFaults::lastValue, "last"),
                carried("scalarSumInside", LoopFaults::scalarSumInside, "sum"));
    }

    @TestFactory
    Stream<DynamicTest> everyMistakeIsFoundByName() {
        return faults().map(fault -> dynamicTest(fault.name, () -> isFound(fault)));
    }

    private void isFound(Fault fault) {
        EmulatorFinding finding = finds(fault.kind, () -> run(fault.kernel, null));
        String message = finding.getMessage();
        assertEquals("LoopFaults." + fault.name + " (task g.t)", finding.kernel());
        assertEquals(fault.workItem, finding.workItem(), message);
        assertEquals(fault.array, finding.buffer(), message);
        if (fault.index >= 0) {
            assertEquals(fault.index, finding.index().orElseThrow(), message);
            assertTrue(message.contains(fault.array + "[" + fault.index + "]"), message);
            assertTrue(message.contains("[LoopFaults.java:"), message);
        } else {
            assertTrue(message.contains("LoopFaults, line "), message);
        }
    }

    @Test
    void aRaceNamesBothRounds() {
        EmulatorFinding finding = finds(RACE, () -> run(LoopFaults::carriedBackward, null));
        assertTrue(
                finding.getMessage()
                        .startsWith(
                                "LoopFaults.carriedBackward (task g.t): work-item i = 2 reads x[1],"
                                        + " which is written by work-item i = 1 in the same task"),
                finding.getMessage());
    }

    @Test
    void aGridSmallerThanTheLoopsIsFound() {
        EmulatorFinding line =
                finds(LAUNCH_SHAPE, () -> run(LoopFaults::plain, new WorkerGrid1D(8)));
        assertTrue(
                line.getMessage()
                        .contains("has 8 work-items, but the @Parallel loops have 16 rounds"),
                line.getMessage());
        EmulatorFinding square =
                finds(LAUNCH_SHAPE, () -> run(LoopFaults::plainSquare, new WorkerGrid2D(4, 2)));
        assertTrue(square.getMessage().contains("4 x 4 rounds"), square.getMessage());
        run(LoopFaults::plain, new WorkerGrid1D(16));
        run(LoopFaults::plainSquare, new WorkerGrid2D(4, 4));
        run(LoopFaults::plain, null);
    }

    @Test
    void aGridSmallerThanTheGuardIsFound() {
        EmulatorFinding line =
                finds(LAUNCH_SHAPE, () -> run(LoopFaults::guarded, new WorkerGrid1D(8)));
        assertTrue(
                line.getMessage()
                        .contains("8 work-items in x, but the kernel is written for n = 16"),
                line.getMessage());
        finds(LAUNCH_SHAPE, () -> run(LoopFaults::guardedRows, new WorkerGrid2D(1, 8)));
        run(LoopFaults::guarded, new WorkerGrid1D(16));
        run(LoopFaults::guarded, new WorkerGrid1D(24));
        run(LoopFaults::guardedStrides, new WorkerGrid1D(8));
    }

    private static EmulatorFinding finds(Kind kind, Runnable run) {
        EmulatorFinding finding = assertThrows(EmulatorFinding.class, run::run);
        assertEquals(kind, finding.kind(), finding.getMessage());
        return finding;
    }

    private void fill() {
        for (int i = 0; i < N; i++) {
            x.set(i, i);
            y.set(i, i % 3);
        }
    }

    private void run(
            Task4<FloatArray, FloatArray, FloatArray, Integer> kernel, @Nullable WorkerGrid grid) {
        fill();
        TaskGraph graph =
                new TaskGraph("g")
                        .transferToDevice(EVERY_EXECUTION, x, y)
                        .task("t", kernel, x, y, out, N);
        var plan = new TornadoExecutionPlan(graph.snapshot());
        if (grid != null) {
            plan.withGridScheduler(new GridScheduler("g.t", grid));
        }
        plan.execute();
    }

    private void run(Task3<KernelContext, FloatArray, Integer> kernel, WorkerGrid grid) {
        fill();
        KernelFindingsTest.run(
                grid,
                graph ->
                        graph.transferToDevice(EVERY_EXECUTION, x)
                                .task("t", kernel, new KernelContext(), x, N)
                                .transferToHost(EVERY_EXECUTION, x));
    }
}
