package io.tornadogpt.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static uk.ac.manchester.tornado.api.enums.DataTransferMode.EVERY_EXECUTION;
import static uk.ac.manchester.tornado.api.enums.DataTransferMode.FIRST_EXECUTION;

import io.tornadogpt.emulator.EmulatorFinding.Kind;

import org.junit.jupiter.api.Test;

import uk.ac.manchester.tornado.api.GridScheduler;
import uk.ac.manchester.tornado.api.ImmutableTaskGraph;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.util.Arrays;

/// What the emulator finds in graphs and plans: the mistakes that TornadoVM was seen to answer with
/// silence, garbage or an exception that explains nothing.
class GraphFindingsTest {

    private static final int N = 8;

    private final FloatArray a = filled(1);
    private final FloatArray b = filled(2);

    @Test
    void resultsStayOnTheDeviceUntilTheyAreAskedFor() {
        TornadoExecutionPlan plan = plan(incrementGraph("g", a));
        TornadoExecutionResult result = plan.execute();
        EmulatorFinding finding = finds(Kind.TRANSFER, () -> a.get(3));
        assertEquals("x", finding.buffer());
        assertEquals(3, finding.index().orElseThrow());
        finds(Kind.TRANSFER, a::toHeapArray);
        result.transferToHost(a);
        assertEquals(2.0f, a.get(0));
    }

    @Test
    void hostChangesAreSeenWithEveryExecutionOnly() {
        FloatArray out = new FloatArray(N);
        TornadoExecutionPlan once =
                plan(
                        new TaskGraph("once")
                                .transferToDevice(FIRST_EXECUTION, a)
                                .task("t", SampleKernels::addOne, a, out, N)
                                .transferToHost(EVERY_EXECUTION, out));
        TornadoExecutionPlan always =
                plan(
                        new TaskGraph("always")
                                .transferToDevice(EVERY_EXECUTION, a)
                                .task("t", SampleKernels::addOne, a, out, N)
                                .transferToHost(EVERY_EXECUTION, out));
        once.execute();
        assertEquals(2.0f, out.get(3));
        once.execute();
        a.init(10);
        EmulatorFinding finding = finds(Kind.TRANSFER, once::execute);
        assertEquals("in", finding.buffer());
        assertEquals(0, finding.index().orElseThrow());
        always.execute();
        assertEquals(11.0f, out.get(3));
        a.init(20);
        always.execute();
        assertEquals(21.0f, out.get(3));
    }

    @Test
    void readingWhatWasNotTransferredIsFound() {
        FloatArray out = new FloatArray(N);
        TornadoExecutionPlan plan =
                plan(new TaskGraph("g").task("t", SampleKernels::addOne, a, out, N));
        EmulatorFinding finding = finds(Kind.NEVER_WRITTEN, plan::execute);
        assertEquals("in", finding.buffer());
        assertEquals(0, finding.index().orElseThrow());
        assertEquals("SampleKernels.addOne (task g.t)", finding.kernel());
    }

    @Test
    void arrayThatIsOnlyWrittenIsNotCopiedIn() {
        TornadoExecutionPlan whole =
                plan(
                        new TaskGraph("g")
                                .transferToDevice(FIRST_EXECUTION, a)
                                .task("fill", SampleKernels::fill, a, N)
                                .task("increment", SampleKernels::increment, a, N)
                                .transferToHost(EVERY_EXECUTION, a));
        whole.execute();
        assertEquals(8.0f, a.get(N - 1));
        TornadoExecutionPlan half =
                plan(
                        new TaskGraph("g")
                                .transferToDevice(FIRST_EXECUTION, a)
                                .task("fill", SampleKernels::fill, a, N / 2)
                                .task("increment", SampleKernels::increment, a, N));
        EmulatorFinding finding = finds(Kind.NEVER_WRITTEN, half::execute);
        assertEquals(N / 2, finding.index().orElseThrow());
        assertTrue(finding.getMessage().contains("SampleKernels.fill"));
    }

    @Test
    void arrayThatAnEarlierTaskReadKeepsWhatWasCopiedIn() {
        TornadoExecutionPlan plan =
                plan(
                        new TaskGraph("g")
                                .transferToDevice(FIRST_EXECUTION, a)
                                .task("increment", SampleKernels::increment, a, N)
                                .task("fill", SampleKernels::fill, a, N / 2)
                                .transferToHost(EVERY_EXECUTION, a));
        plan.execute();
        assertEquals(7.0f, a.get(0));
        assertEquals(2.0f, a.get(N - 1));
    }

    @Test
    void graphsHandOverWhatEachOfThemPersists() {
        TaskGraph open =
                new TaskGraph("open")
                        .transferToDevice(FIRST_EXECUTION, a, b)
                        .task("a", SampleKernels::increment, a, N)
                        .task("b", SampleKernels::increment, b, N)
                        .persistOnDevice(a, b);
        TaskGraph stepA = step("stepA", a);
        TaskGraph stepB = step("stepB", b);
        TornadoExecutionPlan plan = plan(open, stepA, stepB);
        plan.withGraph(0).execute();
        for (int graph : new int[] {1, 1, 2, 1, 2, 2, 2}) {
            plan.withGraph(graph).execute();
        }
        plan.withGraph(1).execute().transferToHost(a, b);
        assertEquals(1 + 1 + 4, a.get(5));
        assertEquals(2 + 1 + 4, b.get(5));
    }

    private TaskGraph step(String name, FloatArray array) {
        return new TaskGraph(name)
                .consumeFromDevice("open", a, b)
                .consumeFromDevice("stepA", a, b)
                .consumeFromDevice("stepB", a, b)
                .task("t", SampleKernels::increment, array, N)
                .persistOnDevice(a, b);
    }

    @Test
    void consumingInTheFirstGraphIsFound() {
        TornadoExecutionPlan plan = plan(step("stepA", a));
        finds(Kind.NOT_ON_DEVICE, plan::execute);
    }

    @Test
    void arrayThatNoTaskOfTheFirstGraphUsesIsFound() {
        TaskGraph open =
                new TaskGraph("open")
                        .transferToDevice(FIRST_EXECUTION, a, b)
                        .task("a", SampleKernels::increment, a, N)
                        .persistOnDevice(a, b);
        TornadoExecutionPlan plan = plan(open, step("stepA", a));
        plan.withGraph(0).execute();
        EmulatorFinding finding = finds(Kind.NOT_ON_DEVICE, plan.withGraph(1)::execute);
        assertTrue(finding.getMessage().contains("does not hold"));
    }

    @Test
    void precedingGraphThatDoesNotPersistIsFound() {
        TaskGraph open =
                new TaskGraph("open")
                        .transferToDevice(FIRST_EXECUTION, a)
                        .task("a", SampleKernels::increment, a, N);
        TaskGraph next =
                new TaskGraph("next")
                        .consumeFromDevice("open", a)
                        .task("a", SampleKernels::increment, a, N)
                        .persistOnDevice(a);
        TornadoExecutionPlan plan = plan(open, next);
        plan.withGraph(0).execute();
        EmulatorFinding finding = finds(Kind.NOT_ON_DEVICE, plan.withGraph(1)::execute);
        assertTrue(finding.getMessage().contains("does not persist"));
    }

    @Test
    void precedingGraphThatDoesNotKnowTheArrayIsFound() {
        TornadoExecutionPlan plan =
                plan(
                        incrementGraph("first", a),
                        incrementGraph("other", b),
                        new TaskGraph("last")
                                .consumeFromDevice("first", a)
                                .task("a", SampleKernels::increment, a, N)
                                .persistOnDevice(a));
        plan.withGraph(0).execute();
        plan.withGraph(2).execute();
        plan.withGraph(1).execute();
        finds(Kind.NOT_ON_DEVICE, plan.withGraph(2)::execute);
    }

    @Test
    void transferOfAConsumedArrayIsFound() {
        finds(
                Kind.TRANSFER,
                () ->
                        plan(
                                new TaskGraph("g")
                                        .consumeFromDevice("open", a)
                                        .transferToDevice(EVERY_EXECUTION, a)
                                        .task("a", SampleKernels::increment, a, N)));
    }

    @Test
    void askingAGraphForAnotherGraphsArrayIsFound() {
        TornadoExecutionPlan plan = plan(incrementGraph("first", a), incrementGraph("other", b));
        TornadoExecutionResult first = plan.withGraph(0).execute();
        TornadoExecutionResult other = plan.withGraph(1).execute();
        finds(Kind.TRANSFER, () -> first.transferToHost(a));
        other.transferToHost(b);
        assertEquals(3.0f, b.get(0));
    }

    @Test
    void missingAndMisspeltGridsAreFound() {
        KernelContext context = new KernelContext();
        TaskGraph graph = new TaskGraph("g").task("t", SampleKernels::own, context, a, N);
        EmulatorFinding finding = finds(Kind.MISSING_GRID, plan(graph)::execute);
        assertTrue(finding.getMessage().contains("'g.t'"));
        GridScheduler misspelt = new GridScheduler("g.T", new WorkerGrid1D(N));
        finds(Kind.MISSING_GRID, () -> plan(graph).withGridScheduler(misspelt));
        plan(graph).withGridScheduler(new GridScheduler("g.t", new WorkerGrid1D(N))).execute();
    }

    @Test
    void task257IsFound() {
        TaskGraph graph = new TaskGraph("g");
        for (int i = 0; i < 256; i++) {
            graph.task("t" + i, SampleKernels::increment, a, N);
        }
        finds(Kind.GRAPH_LIMIT, () -> graph.task("one more", SampleKernels::increment, a, N));
    }

    @Test
    void graphCodeBeyond8192BytesIsFound() {
        TaskGraph graph = new TaskGraph("g");
        for (int i = 0; i < 71; i++) {
            addTwentyArguments(graph, "t" + i);
        }
        EmulatorFinding finding =
                finds(Kind.GRAPH_LIMIT, () -> addTwentyArguments(graph, "one more"));
        assertTrue(finding.getMessage().contains("8280"));
    }

    private void addTwentyArguments(TaskGraph graph, String id) {
        graph.task(
                id,
                GraphFindingsTest::twenty,
                a,
                1,
                2,
                3,
                4,
                5,
                6,
                7,
                8,
                9,
                10,
                11,
                12,
                13,
                14,
                15,
                16,
                17,
                18,
                19);
    }

    @SuppressWarnings("unused") // The point is the number of arguments.
    private static void twenty(
            FloatArray x,
            Integer b,
            Integer c,
            Integer d,
            Integer e,
            Integer f,
            Integer g,
            Integer h,
            Integer i,
            Integer j,
            Integer k,
            Integer l,
            Integer m,
            Integer n,
            Integer o,
            Integer p,
            Integer q,
            Integer r,
            Integer s,
            Integer t) {
        x.set(0, t);
    }

    @Test
    void equalNamesAndEmptyGraphsAreFound() {
        TaskGraph graph = incrementGraph("g", a);
        finds(Kind.GRAPH_LIMIT, () -> graph.task("increment", SampleKernels::increment, a, N));
        finds(Kind.GRAPH_LIMIT, () -> plan(graph, incrementGraph("g", b)));
        finds(Kind.GRAPH_LIMIT, () -> plan(new TaskGraph("empty").persistOnDevice(a)));
    }

    @Test
    void capturingAfterAnExecutionIsFound() {
        TornadoExecutionPlan plan = plan(incrementGraph("g", a)).withCUDAGraph();
        plan.execute().transferToHost(a);
        assertEquals(2.0f, a.get(0));
        EmulatorFinding finding = finds(Kind.GRAPH_LIMIT, plan::withCUDAGraph);
        assertTrue(finding.getMessage().contains("after graph 'g'"), finding.getMessage());
    }

    private static TaskGraph incrementGraph(String name, FloatArray array) {
        return new TaskGraph(name)
                .transferToDevice(FIRST_EXECUTION, array)
                .task("increment", SampleKernels::increment, array, N)
                .persistOnDevice(array);
    }

    private static TornadoExecutionPlan plan(TaskGraph... graphs) {
        return new TornadoExecutionPlan(
                Arrays.stream(graphs).map(TaskGraph::snapshot).toArray(ImmutableTaskGraph[]::new));
    }

    private static FloatArray filled(float value) {
        FloatArray array = new FloatArray(N);
        array.init(value);
        return array;
    }

    private static EmulatorFinding finds(Kind kind, Runnable work) {
        EmulatorFinding finding = assertThrows(EmulatorFinding.class, work::run);
        assertEquals(kind, finding.kind(), finding.getMessage());
        return finding;
    }
}
