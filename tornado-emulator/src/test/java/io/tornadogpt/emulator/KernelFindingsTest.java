package io.tornadogpt.emulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static uk.ac.manchester.tornado.api.enums.DataTransferMode.EVERY_EXECUTION;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.tornadogpt.emulator.EmulatorFinding.Kind;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.util.function.Consumer;

/// What the emulator finds in a kernel, and that it leaves right kernels alone.
@Timeout(value = 60, unit = SECONDS)
class KernelFindingsTest {

    private final KernelContext context = new KernelContext();

    @Test
    void missingGuardIsOutOfBounds() {
        EmulatorFinding finding =
                finds(
                        Kind.OUT_OF_BOUNDS,
                        () -> MatMuls.run(BuggyKernels::matMulUnguarded, 9, 8, 8));
        assertTrue(finding.getMessage().contains("BuggyKernels.matMulUnguarded"));
        assertEquals("a", finding.buffer());
        assertEquals(72, finding.index().orElseThrow());
        assertEquals("(0, 9, 0) of group (0, 1, 0)", finding.workItem());
    }

    @Test
    void offByOneIsOutOfBounds() {
        FloatArray in = new FloatArray(16);
        FloatArray out = new FloatArray(16);
        EmulatorFinding finding =
                finds(
                        Kind.OUT_OF_BOUNDS,
                        () ->
                                run(
                                        line(16, 8),
                                        g ->
                                                g.transferToDevice(EVERY_EXECUTION, in)
                                                        .task(
                                                                "t",
                                                                BuggyKernels::offByOne,
                                                                context,
                                                                in,
                                                                out)));
        assertEquals(16, finding.index().orElseThrow());
        assertEquals("in", finding.buffer());
    }

    @Test
    void mistakeBehindABarrierIsFound() {
        EmulatorFinding finding =
                finds(Kind.OUT_OF_BOUNDS, () -> MatMuls.run(BuggyKernels::matMulOffByOne, 8, 8, 8));
        assertEquals("(7, 7, 0) of group (0, 0, 0)", finding.workItem());
        assertEquals(0, finding.getSuppressed().length);
    }

    @Test
    void returnBeforeABarrierIsFound() {
        EmulatorFinding finding =
                finds(Kind.BARRIER, () -> MatMuls.run(BuggyKernels::matMulEarlyReturn, 9, 8, 8));
        assertTrue(finding.getMessage().contains("the kernel's end is reached"));
    }

    @Test
    void barrierThatWorkItemZeroNeverReachesIsFound() {
        FloatArray out = new FloatArray(16);
        EmulatorFinding finding =
                finds(
                        Kind.BARRIER,
                        () ->
                                run(
                                        line(16, 8),
                                        g ->
                                                g.task(
                                                        "t",
                                                        BuggyKernels::barrierOfOne,
                                                        context,
                                                        out)));
        assertEquals("(5, 0, 0) of group (0, 0, 0)", finding.workItem());
    }

    @Test
    void differentBarriersAreFound() {
        FloatArray out = new FloatArray(16);
        finds(
                Kind.BARRIER,
                () -> run(line(16, 8), g -> g.task("t", BuggyKernels::otherBarrier, context, out)));
    }

    @Test
    void rowSoftmaxIsRight() {
        int rows = 3;
        int n = 37;
        FloatArray in = randomFloats(rows * n);
        FloatArray out = new FloatArray(rows * n);
        run(
                line(rows * 16, 16),
                g ->
                        g.transferToDevice(EVERY_EXECUTION, in)
                                .task("t", SampleKernels::softmax, context, in, out, n)
                                .transferToHost(EVERY_EXECUTION, out));
        for (int row = 0; row < rows; row++) {
            double sum = 0;
            for (int i = 0; i < n; i++) {
                sum += Math.exp(in.get(row * n + i));
            }
            for (int i = 0; i < n; i++) {
                assertEquals(Math.exp(in.get(row * n + i)) / sum, out.get(row * n + i), 1e-6);
            }
        }
    }

    @Test
    void atomicScatterCountsAndPlainScatterRaces() {
        IntArray buckets = IntArray.fromElements(0, 1, 2, 1, 0, 1, 2, 1, 1, 1);
        IntArray counts = new IntArray(3);
        run(
                line(16, 4),
                g ->
                        g.transferToDevice(EVERY_EXECUTION, buckets, counts)
                                .task("t", SampleKernels::count, context, buckets, counts, 10)
                                .transferToHost(EVERY_EXECUTION, counts));
        assertArrayEquals(new int[] {2, 6, 2}, counts.toHeapArray());
        EmulatorFinding finding =
                finds(
                        Kind.RACE,
                        () ->
                                run(
                                        line(16, 4),
                                        g ->
                                                g.transferToDevice(EVERY_EXECUTION, buckets, counts)
                                                        .task(
                                                                "t",
                                                                BuggyKernels::count,
                                                                context,
                                                                buckets,
                                                                counts,
                                                                10)));
        assertEquals("counts", finding.buffer());
        assertEquals(1, finding.index().orElseThrow());
        assertEquals("(3, 0, 0) of group (0, 0, 0)", finding.workItem());
    }

    @Test
    void groupsWritingOneElementRace() {
        FloatArray out = new FloatArray(1);
        EmulatorFinding finding =
                finds(
                        Kind.RACE,
                        () ->
                                run(
                                        line(16, 8),
                                        g ->
                                                g.task(
                                                        "t",
                                                        BuggyKernels::everyGroupWrites,
                                                        context,
                                                        out)));
        assertEquals("(8, 0, 0) of group (1, 0, 0)", finding.workItem());
    }

    @Test
    void readingWhatAnotherGroupWritesRaces() {
        FloatArray x = randomFloats(16);
        finds(
                Kind.RACE,
                () ->
                        run(
                                line(16, 8),
                                g ->
                                        g.transferToDevice(EVERY_EXECUTION, x)
                                                .task(
                                                        "t",
                                                        BuggyKernels::readsAcrossGroups,
                                                        context,
                                                        x,
                                                        16)));
    }

    @Test
    void writingWhatOthersReadRaces() {
        FloatArray x = randomFloats(1);
        FloatArray out = new FloatArray(8);
        EmulatorFinding finding =
                finds(
                        Kind.RACE,
                        () ->
                                run(
                                        line(8, 8),
                                        g ->
                                                g.transferToDevice(EVERY_EXECUTION, x)
                                                        .task(
                                                                "t",
                                                                BuggyKernels::writesWhatAllRead,
                                                                context,
                                                                x,
                                                                out)));
        assertEquals("x", finding.buffer());
    }

    @Test
    void globalBarrierOrdersBuffersAndLocalBarrierDoesNot() {
        FloatArray scratch = new FloatArray(16);
        FloatArray out = new FloatArray(16);
        run(
                line(16, 8),
                g ->
                        g.task("t", SampleKernels::rotated, context, scratch, out)
                                .transferToHost(EVERY_EXECUTION, out));
        assertEquals(1.0f, out.get(0));
        assertEquals(0.0f, out.get(15));
        EmulatorFinding finding =
                finds(
                        Kind.RACE,
                        () ->
                                run(
                                        line(16, 8),
                                        g ->
                                                g.task(
                                                        "t",
                                                        BuggyKernels::rotated,
                                                        context,
                                                        scratch,
                                                        out)));
        assertEquals("scratch", finding.buffer());
    }

    @Test
    void differentLocalArraysAreFound() {
        FloatArray out = new FloatArray(8);
        EmulatorFinding finding =
                finds(
                        Kind.LOCAL_MEMORY,
                        () ->
                                run(
                                        line(8, 8),
                                        g ->
                                                g.task(
                                                        "t",
                                                        BuggyKernels::differentArrays,
                                                        context,
                                                        out)));
        assertTrue(finding.getMessage().contains("float[32]"));
        assertEquals("(2, 0, 0) of group (0, 0, 0)", finding.workItem());
    }

    @Test
    void tooMuchLocalMemoryIsFound() {
        FloatArray out = new FloatArray(8);
        finds(
                Kind.LOCAL_MEMORY,
                () ->
                        run(
                                line(8, 8),
                                g -> g.task("t", BuggyKernels::muchLocalMemory, context, out)));
    }

    @Test
    void floatingPointAtomicsAreRefused() {
        FloatArray out = new FloatArray(8);
        finds(
                Kind.UNSUPPORTED,
                () -> run(line(8, 8), g -> g.task("t", BuggyKernels::atomicFloat, context, out)));
    }

    @Test
    void booleanArgumentsAreRefused() {
        FloatArray out = new FloatArray(8);
        finds(
                Kind.UNSUPPORTED,
                () -> run(line(8, 8), g -> g.task("t", BuggyKernels::flag, context, out, true)));
    }

    @Test
    void partlyWrittenOutputIsFound() {
        FloatArray out = new FloatArray(8);
        EmulatorFinding finding =
                finds(
                        Kind.PARTLY_WRITTEN,
                        () ->
                                run(
                                        line(8, 4),
                                        g ->
                                                g.task("t", BuggyKernels::evenOnly, context, out)
                                                        .transferToHost(EVERY_EXECUTION, out)));
        assertEquals(1, finding.index().orElseThrow());
        run(
                line(8, 4),
                g ->
                        g.task("t", SampleKernels::own, context, out, 8)
                                .transferToHost(EVERY_EXECUTION, out));
        assertEquals(7.0f, out.get(7));
    }

    @Test
    void unevenAndTooLargeGroupsAreFound() {
        FloatArray out = new FloatArray(512);
        Consumer<WorkerGrid> launch =
                grid -> run(grid, g -> g.task("t", SampleKernels::own, context, out, 512));
        EmulatorFinding uneven = finds(Kind.LAUNCH_SHAPE, () -> launch.accept(line(20, 8)));
        assertTrue(uneven.getMessage().contains("Round the global size up to 24"));
        finds(Kind.LAUNCH_SHAPE, () -> launch.accept(line(512, 512)));
        launch.accept(line(512, 256));
        launch.accept(new WorkerGrid1D(512));
    }

    private static FloatArray randomFloats(int size) {
        return MatMuls.matrix(size, 3);
    }

    private static WorkerGrid line(int global, int local) {
        WorkerGrid grid = new WorkerGrid1D(global);
        grid.setLocalWork(local, 1, 1);
        return grid;
    }

    static void run(WorkerGrid grid, Consumer<TaskGraph> tasks) {
        TaskGraph graph = new TaskGraph("g");
        tasks.accept(graph);
        new TornadoExecutionPlan(graph.snapshot())
                .withGridScheduler(new GridScheduler("g.t", grid))
                .execute();
    }

    private static EmulatorFinding finds(Kind kind, Runnable work) {
        EmulatorFinding finding = assertThrows(EmulatorFinding.class, work::run);
        assertEquals(kind, finding.kind(), finding.getMessage());
        return finding;
    }
}
