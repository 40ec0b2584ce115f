package io.tornadogpt.emulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import static uk.ac.manchester.tornado.api.enums.DataTransferMode.EVERY_EXECUTION;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task3;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task4;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.util.Map;
import java.util.stream.Stream;

/// Nothing is found in kernels that are right, however they look, and they compute what they
/// should.
class TrickyKernelsTest {

    private final FloatArray in = new FloatArray(16);
    private final FloatArray out = new FloatArray(16);

    @TestFactory
    Stream<DynamicTest> rightKernelsOfGroupsAreLeftAlone() {
        Map<String, Task3<KernelContext, FloatArray, FloatArray>> kernels =
                Map.of(
                        "doubleBuffering", TrickyKernels::doubleBuffering,
                        "exchange", TrickyKernels::exchange,
                        "countsLocally", TrickyKernels::countsLocally,
                        "uniformBranch", TrickyKernels::uniformBranch,
                        "uniformBranches", TrickyKernels::uniformBranches,
                        "broadcast", TrickyKernels::broadcast,
                        "butterfly", TrickyKernels::butterfly,
                        "prefixSum", TrickyKernels::prefixSum,
                        "privateArrays", TrickyKernels::privateArrays,
                        "helperInLoop", TrickyKernels::helperInLoop);
        Map<String, Float> last =
                Map.of(
                        "doubleBuffering", 240f,
                        "exchange", 9f,
                        "countsLocally", 2f,
                        "uniformBranch", 8f,
                        "uniformBranches", 8f,
                        "broadcast", 1f,
                        "butterfly", 0f,
                        "prefixSum", 92f,
                        "privateArrays", 12f,
                        "helperInLoop", 11f);
        return kernels.entrySet().stream()
                .map(
                        kernel ->
                                dynamicTest(
                                        kernel.getKey(),
                                        () ->
                                                assertEquals(
                                                        last.get(kernel.getKey()),
                                                        LocalFindingsTest.run(kernel.getValue())
                                                                .get(15))));
    }

    @Test
    void butterflyInABufferIsLeftAlone() {
        assertEquals(28f, LocalFindingsTest.run(TrickyKernels::butterflyInBuffer).get(0));
    }

    @Test
    void raggedTransposeIsLeftAlone() {
        fill();
        KernelFindingsTest.run(
                grid(),
                graph ->
                        graph.transferToDevice(EVERY_EXECUTION, in)
                                .task("fill", SampleKernels::fill, out, 16)
                                .task(
                                        "t",
                                        TrickyKernels::raggedTranspose,
                                        new KernelContext(),
                                        in,
                                        out,
                                        3,
                                        3)
                                .transferToHost(EVERY_EXECUTION, out));
        assertArrayEquals(new float[] {0, 3, 6, 1, 4, 7, 2, 5, 8}, out.slice(0, 9).toHeapArray());
    }

    @Test
    void whatATaskWroteOrCountedTheNextMayReadAcross() {
        fill();
        var counts = new IntArray(4);
        var scratch = new FloatArray(16);
        var context = new KernelContext();
        TaskGraph graph =
                new TaskGraph("g")
                        .transferToDevice(EVERY_EXECUTION, in, counts)
                        .task("exchange", TrickyKernels::exchange, context, in, scratch)
                        .task("reverse", TrickyKernels::reverses, context, scratch, out)
                        .task("count", TrickyKernels::counts, context, out, counts)
                        .task("read", TrickyKernels::readsCounts, context, counts, scratch)
                        .transferToHost(EVERY_EXECUTION, out, scratch);
        var grids = new GridScheduler();
        for (String task : new String[] {"exchange", "reverse", "count", "read"}) {
            grids.addWorkerGrid("g." + task, grid());
        }
        new TornadoExecutionPlan(graph.snapshot()).withGridScheduler(grids).execute();
        assertEquals(9f, out.get(0));
        assertEquals(4f, scratch.get(15));
    }

    @Test
    void rightLoopsAreLeftAlone() {
        assertEquals(60f, loops(TrickyKernels::twoLoopsOfOneRound, 16).get(15));
        assertEquals(56f, loops(TrickyKernels::nestedLoops, 4).get(0));
        assertEquals(15f, loops(TrickyKernels::threeLoops, 4).get(15));
        assertEquals(3f, loops(TrickyKernels::ownElements, 16).get(15));
        assertEquals(1f, loops(TrickyKernels::sameConstant, 16).get(15));
    }

    private FloatArray loops(Task4<FloatArray, FloatArray, FloatArray, Integer> kernel, int n) {
        fill();
        var second = FloatArray.fromArray(in.toHeapArray());
        out.init(60f);
        TaskGraph graph =
                new TaskGraph("g")
                        .transferToDevice(EVERY_EXECUTION, in, second, out)
                        .task("touch", SampleKernels::increment, out, 16)
                        .task("t", kernel, in, second, out, n)
                        .transferToHost(EVERY_EXECUTION, in, second, out);
        new TornadoExecutionPlan(graph.snapshot()).execute();
        return out;
    }

    private void fill() {
        for (int i = 0; i < 16; i++) {
            in.set(i, i);
        }
    }

    private static WorkerGrid grid() {
        WorkerGrid grid = new WorkerGrid1D(16);
        grid.setLocalWork(8, 1, 1);
        return grid;
    }
}
