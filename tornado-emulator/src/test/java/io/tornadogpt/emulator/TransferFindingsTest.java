package io.tornadogpt.emulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static uk.ac.manchester.tornado.api.enums.DataTransferMode.EVERY_EXECUTION;
import static uk.ac.manchester.tornado.api.enums.DataTransferMode.FIRST_EXECUTION;
import static uk.ac.manchester.tornado.api.enums.DataTransferMode.UNDER_DEMAND;

import io.tornadogpt.emulator.EmulatorFinding.Kind;

import org.junit.jupiter.api.Test;

import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.TornadoProfilerResult;
import uk.ac.manchester.tornado.api.enums.ProfilerMode;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/// Wrong modes of transfer, and arrays of the host or of the device that are older than they seem.
class TransferFindingsTest {

    private static final int N = 8;

    private final FloatArray in = filled(1);
    private final FloatArray out = filled(0);

    @Test
    void resultsThatNobodyBroughtBackAreNotRead() {
        plan(new TaskGraph("g")
                        .transferToDevice(EVERY_EXECUTION, in)
                        .task("t", SampleKernels::addOne, in, out, N))
                .execute();
        EmulatorFinding finding = finds(() -> out.get(5));
        assertEquals("out", finding.buffer());
        assertEquals(5, finding.index().orElseThrow());
        assertEquals("SampleKernels.addOne (task g.t)", finding.kernel());
        assertTrue(finding.getMessage().contains("the host reads out[5]"), finding.getMessage());
        finds(out::toHeapArray);
        finds(() -> out.slice(0, 2));
        assertEquals(1f, in.get(0));
    }

    @Test
    void resultsBroughtBackOnceAreStaleAfterTheSecondExecution() {
        TornadoExecutionPlan plan =
                plan(
                        new TaskGraph("g")
                                .transferToDevice(EVERY_EXECUTION, in)
                                .task("t", SampleKernels::addOne, in, out, N)
                                .transferToHost(FIRST_EXECUTION, out));
        plan.execute();
        assertEquals(2f, out.get(0));
        in.init(5);
        plan.execute();
        finds(() -> out.get(0));
    }

    @Test
    void resultsOnDemandAreStaleUntilTheyAreDemanded() {
        TornadoExecutionPlan plan =
                plan(
                        new TaskGraph("g")
                                .transferToDevice(FIRST_EXECUTION, in)
                                .task("t", SampleKernels::increment, in, N)
                                .transferToHost(UNDER_DEMAND, in));
        plan.execute();
        TornadoExecutionResult result = plan.execute();
        finds(() -> in.get(0));
        result.transferToHost(in);
        assertEquals(3f, in.get(0));
        plan.execute();
        finds(() -> in.get(7));
    }

    @Test
    void whatTheHostWritesItMayRead() {
        plan(new TaskGraph("g")
                        .transferToDevice(EVERY_EXECUTION, in)
                        .task("t", SampleKernels::addOne, in, out, N))
                .execute();
        out.set(2, 9f);
        assertEquals(9f, out.get(2));
        finds(() -> out.get(3));
        out.init(4f);
        assertEquals(4f, out.get(3));
        assertEquals(N, out.toHeapArray().length);
    }

    @Test
    void changesOfTheHostThatTheDeviceDoesNotSeeAreFound() {
        TornadoExecutionPlan plan =
                plan(
                        new TaskGraph("g")
                                .transferToDevice(FIRST_EXECUTION, in)
                                .task("t", SampleKernels::addOne, in, out, N)
                                .transferToHost(EVERY_EXECUTION, out));
        plan.execute();
        plan.execute();
        in.set(6, 3f);
        EmulatorFinding finding = finds(plan::execute);
        assertEquals("in", finding.buffer());
        assertEquals(6, finding.index().orElseThrow());
        assertTrue(finding.getMessage().contains("EVERY_EXECUTION"), finding.getMessage());
        in.set(6, 1f);
        plan.execute();
    }

    @Test
    void whatTheDeviceKeepsIsNotSentAgainEachTime() {
        TornadoExecutionPlan plan =
                plan(
                        new TaskGraph("g")
                                .transferToDevice(EVERY_EXECUTION, in)
                                .task("t", SampleKernels::increment, in, N)
                                .transferToHost(UNDER_DEMAND, in));
        plan.execute();
        EmulatorFinding finding = finds(plan::execute);
        assertEquals("x", finding.buffer());
        assertTrue(finding.getMessage().contains("with FIRST_EXECUTION"), finding.getMessage());
    }

    @Test
    void inputsThatChangeAreSentAgainEachTime() {
        TornadoExecutionPlan plan =
                plan(
                        new TaskGraph("g")
                                .transferToDevice(EVERY_EXECUTION, in)
                                .task("t", SampleKernels::increment, in, N)
                                .transferToHost(UNDER_DEMAND, in));
        for (int i = 0; i < 3; i++) {
            in.init(i);
            plan.execute().transferToHost(in);
            assertEquals(i + 1f, in.get(0));
        }
        in.init(7);
        plan.execute();
        in.init(8);
        plan.execute().transferToHost(in);
        assertEquals(9f, in.get(0));
    }

    @Test
    void unknownModesAreFound() {
        var graph = new TaskGraph("g");
        EmulatorFinding finding = finds(() -> graph.transferToDevice(UNDER_DEMAND, in));
        assertTrue(finding.getMessage().contains("transferToDevice with the mode 2"));
        finds(() -> graph.transferToDevice(3, in));
        finds(() -> graph.transferToHost(-1, in));
    }

    @Test
    void timesOfAnExecutionAreKept() {
        TornadoProfilerResult times =
                plan(new TaskGraph("g")
                                .transferToDevice(EVERY_EXECUTION, in)
                                .task("t", SampleKernels::addOne, in, out, N)
                                .transferToHost(EVERY_EXECUTION, out))
                        .withProfiler(ProfilerMode.SILENT)
                        .execute()
                        .getProfilerResult();
        assertTrue(times.getDeviceKernelTime() > 0);
        assertTrue(times.getDeviceWriteTime() > 0);
        assertTrue(times.getDeviceReadTime() > 0);
        assertTrue(
                times.getTotalTime()
                        >= times.getDeviceKernelTime()
                                + times.getDeviceWriteTime()
                                + times.getDeviceReadTime());
        assertEquals(4 * N, times.getTotalBytesCopyIn());
    }

    private static TornadoExecutionPlan plan(TaskGraph graph) {
        return new TornadoExecutionPlan(graph.snapshot());
    }

    private static FloatArray filled(float value) {
        var array = new FloatArray(N);
        array.init(value);
        return array;
    }

    private static EmulatorFinding finds(Runnable work) {
        EmulatorFinding finding = assertThrows(EmulatorFinding.class, work::run);
        assertEquals(Kind.TRANSFER, finding.kind(), finding.getMessage());
        return finding;
    }
}
