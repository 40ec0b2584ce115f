package io.tornadogpt.emulator;

import static io.tornadogpt.emulator.EmulatorFinding.Kind.BARRIER;
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

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task3;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.util.stream.Stream;

/// Every mistake with local memory, private memory and barriers is found by name.
class LocalFindingsTest {

    /// A kernel and what is to be found in it.
    record Fault(
            String name,
            Task3<KernelContext, FloatArray, FloatArray> kernel,
            Kind kind,
            @Nullable String array,
            int index) {}

    private static Fault fault(
            String name,
            Task3<KernelContext, FloatArray, FloatArray> kernel,
            Kind kind,
            String array,
            int index) {
        return new Fault(name, kernel, kind, array, index);
    }

    private static Fault barrier(String name, Task3<KernelContext, FloatArray, FloatArray> kernel) {
        return new Fault(name, kernel, BARRIER, null, 0);
    }

    private static Stream<Fault> faults() {
        return Stream.of(
                fault(
                        "neighbourWithoutBarrier",
                        LocalFaults::neighbourWithoutBarrier,
                        RACE,
                        "tile",
                        1),
                fault("barrierTooLate", LocalFaults::barrierTooLate, RACE, "tile", 4),
                fault(
                        "reductionWithoutBarrier",
                        LocalFaults::reductionWithoutBarrier,
                        RACE,
                        "parts",
                        1),
                fault("reductionStartsEarly", LocalFaults::reductionStartsEarly, RACE, "parts", 4),
                fault("reductionReadEarly", LocalFaults::reductionReadEarly, RACE, "parts", 0),
                fault("reductionOfAWarp", LocalFaults::reductionOfAWarp, RACE, "parts", 1),
                fault("reductionTwice", LocalFaults::reductionTwice, RACE, "parts", 0),
                fault(
                        "tileLoopWithoutLastBarrier",
                        LocalFaults::tileLoopWithoutLastBarrier,
                        RACE,
                        "tile",
                        0),
                fault(
                        "tileLoopWithoutFirstBarrier",
                        LocalFaults::tileLoopWithoutFirstBarrier,
                        RACE,
                        "tile",
                        1),
                fault("doubleBufferOfOne", LocalFaults::doubleBufferOfOne, RACE, "tiles", 1),
                fault("twoStoreOne", LocalFaults::twoStoreOne, RACE, "pairs", 0),
                fault("allStoreOne", LocalFaults::allStoreOne, RACE, "shared", 0),
                fault("histogram", LocalFaults::histogram, RACE, "counts", 0),
                fault("histogramZeroedLate", LocalFaults::histogramZeroedLate, RACE, "counts", 0),
                fault("histogramReadEarly", LocalFaults::histogramReadEarly, RACE, "counts", 0),
                fault("prefixSumInPlace", LocalFaults::prefixSumInPlace, RACE, "sums", 1),
                fault("moveInPlace", LocalFaults::moveInPlace, RACE, "tile", 8),
                fault("butterfly", LocalFaults::butterfly, RACE, "values", 1),
                fault(
                        "broadcastWithoutBarrier",
                        LocalFaults::broadcastWithoutBarrier,
                        RACE,
                        "shared",
                        0),
                fault("arrayOfHelper", LocalFaults::arrayOfHelper, RACE, "mine", 4),
                fault("raceInHelper", LocalFaults::raceInHelper, RACE, "shares", 1),
                fault("bytes", LocalFaults::bytes, RACE, "flags", 1),
                fault("longs", LocalFaults::longs, RACE, "words", 1),
                fault("halves", LocalFaults::halves, RACE, "values", 1),
                fault("neverWritten", LocalFaults::neverWritten, NEVER_WRITTEN, "tile", 0),
                fault("haloNotLoaded", LocalFaults::haloNotLoaded, NEVER_WRITTEN, "tile", 0),
                fault("raggedTail", LocalFaults::raggedTail, NEVER_WRITTEN, "tile", 5),
                fault("addsToGarbage", LocalFaults::addsToGarbage, NEVER_WRITTEN, "sums", 0),
                fault(
                        "countsFromGarbage",
                        LocalFaults::countsFromGarbage,
                        NEVER_WRITTEN,
                        "counts",
                        0),
                fault(
                        "writtenByFirstGroup",
                        LocalFaults::writtenByFirstGroup,
                        NEVER_WRITTEN,
                        "table",
                        7),
                fault("privateNotZeroed", LocalFaults::privateNotZeroed, NEVER_WRITTEN, "sums", 0),
                fault(
                        "privatePartlyWritten",
                        LocalFaults::privatePartlyWritten,
                        NEVER_WRITTEN,
                        "window",
                        3),
                fault("privateCounters", LocalFaults::privateCounters, NEVER_WRITTEN, "counts", 0),
                fault("privateOfHelper", LocalFaults::privateOfHelper, NEVER_WRITTEN, "values", 2),
                fault("beyondTheEnd", LocalFaults::beyondTheEnd, OUT_OF_BOUNDS, "tile", 8),
                fault("beforeTheStart", LocalFaults::beforeTheStart, OUT_OF_BOUNDS, "tile", -1),
                fault(
                        "smallerThanTheGroup",
                        LocalFaults::smallerThanTheGroup,
                        OUT_OF_BOUNDS,
                        "tile",
                        4),
                fault("padded", LocalFaults::padded, OUT_OF_BOUNDS, "tile", 8),
                fault(
                        "privateBeyondTheEnd",
                        LocalFaults::privateBeyondTheEnd,
                        OUT_OF_BOUNDS,
                        "window",
                        3),
                fault(
                        "countsBeyondTheEnd",
                        LocalFaults::countsBeyondTheEnd,
                        OUT_OF_BOUNDS,
                        "counts",
                        8),
                barrier("barrierInBothBranches", LocalFaults::barrierInBothBranches),
                barrier("helperInBothBranches", LocalFaults::helperInBothBranches),
                barrier("leavesTheLoop", LocalFaults::leavesTheLoop),
                barrier("turnsOfItsOwn", LocalFaults::turnsOfItsOwn));
    }

    @TestFactory
    Stream<DynamicTest> everyMistakeIsFoundByName() {
        return faults().map(fault -> dynamicTest(fault.name, () -> isFound(fault)));
    }

    private static void isFound(Fault fault) {
        EmulatorFinding finding = finding(fault.kernel);
        String message = finding.getMessage();
        assertEquals(fault.kind, finding.kind(), message);
        assertEquals("LocalFaults." + fault.name + " (task g.t)", finding.kernel());
        assertTrue(String.valueOf(finding.workItem()).contains("of group ("), message);
        assertEquals(fault.array, finding.buffer(), message);
        if (fault.array != null) {
            assertEquals(fault.index, finding.index().orElseThrow(), message);
            assertTrue(message.contains(fault.array + "[" + fault.index + "]"), message);
            assertTrue(message.contains("[LocalFaults.java:"), message);
        }
    }

    @Test
    void aRaceNamesBothWorkItemsAndWhatToDo() {
        EmulatorFinding finding = finding(LocalFaults::twoStoreOne);
        assertEquals("(1, 0, 0) of group (0, 0, 0)", finding.workItem());
        assertTrue(
                finding.getMessage()
                        .startsWith(
                                "LocalFaults.twoStoreOne (task g.t): work-item (1, 0, 0) of group"
                                    + " (0, 0, 0) writes the element pairs[0] of local memory,"
                                    + " which work-item number 0 of this group writes too, with no"
                                    + " barrier between the two. Put localBarrier() between them"),
                finding.getMessage());
    }

    @Test
    void barriersInBranchesAreNamedByTheirLines() {
        EmulatorFinding finding = finding(LocalFaults::helperInBothBranches);
        assertTrue(
                finding.getMessage()
                        .matches(
                                ".*waits at the barrier in line \\d+ and there in line \\d+, while"
                                        + " work-item .* waits at that in line \\d+ and there in"
                                        + " line \\d+\\. .*"),
                finding.getMessage());
    }

    private static EmulatorFinding finding(Task3<KernelContext, FloatArray, FloatArray> kernel) {
        return assertThrows(EmulatorFinding.class, () -> run(kernel));
    }

    static FloatArray run(Task3<KernelContext, FloatArray, FloatArray> kernel) {
        var in = new FloatArray(16);
        for (int i = 0; i < 16; i++) {
            in.set(i, i);
        }
        var out = new FloatArray(16);
        WorkerGrid grid = new WorkerGrid1D(16);
        grid.setLocalWork(8, 1, 1);
        KernelFindingsTest.run(
                grid,
                graph ->
                        graph.transferToDevice(EVERY_EXECUTION, in)
                                .task("t", kernel, new KernelContext(), in, out)
                                .transferToHost(EVERY_EXECUTION, out));
        return out;
    }
}
