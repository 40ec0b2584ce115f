package io.tornadogpt.emulator;

import static io.tornadogpt.emulator.EmulatorFinding.Kind.NEGATIVE;
import static io.tornadogpt.emulator.EmulatorFinding.Kind.UNSUPPORTED;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import static uk.ac.manchester.tornado.api.enums.DataTransferMode.EVERY_EXECUTION;

import io.tornadogpt.emulator.EmulatorFinding.Kind;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.WorkerGrid1D;
import uk.ac.manchester.tornado.api.common.TornadoFunctions.Task3;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.util.stream.Stream;

/// What TornadoVM refuses or translates into something else is found by name, with the line.
class RefusedKernelsTest {

    private static final int N = 8;

    /// A kernel, and words of what is said about it.
    record Refused(
            String name,
            Task3<KernelContext, IntArray, FloatArray> kernel,
            Kind kind,
            String words) {}

    private static Refused refused(
            String name, Task3<KernelContext, IntArray, FloatArray> kernel, String words) {
        return new Refused(name, kernel, UNSUPPORTED, words);
    }

    private static Refused negative(
            String name, Task3<KernelContext, IntArray, FloatArray> kernel, String words) {
        return new Refused(name, kernel, NEGATIVE, words);
    }

    private static Stream<Refused> kernels() {
        return Stream.of(
                refused("throwsAtNegative", RefusedKernels::throwsAtNegative, "throws an except"),
                refused("helperThrows", RefusedKernels::helperThrows, "throws an exception"),
                refused("asserts", RefusedKernels::asserts, "throws an exception"),
                refused("fusesItself", RefusedKernels::fusesItself, "calls Math.fma"),
                refused("staticArray", RefusedKernels::staticArray, "RefusedKernels.TABLE"),
                refused("staticField", RefusedKernels::staticField, "RefusedKernels.factor"),
                refused("changesStaticField", RefusedKernels::changesStaticField, "writes the st"),
                refused("prints", RefusedKernels::prints, "System.out"),
                refused("looksAtTheClock", RefusedKernels::looksAtTheClock, "System.nanoTime"),
                refused("makesAnObject", RefusedKernels::makesAnObject, "java.lang.StringBuilder"),
                refused("joinsText", RefusedKernels::joinsText, "joins strings"),
                refused("lambda", RefusedKernels::lambda, "makes a lambda"),
                refused("locks", RefusedKernels::locks, "locks an object"),
                refused("catches", RefusedKernels::catches, "catches exceptions"),
                refused("arrayOfArrays", RefusedKernels::arrayOfArrays, "an array of arrays"),
                refused("recursive", RefusedKernels::recursive, "RefusedKernels.factorial"),
                refused("looksAtBits", RefusedKernels::looksAtBits, "Float.floatToRawIntBits"),
                refused("notANumber", RefusedKernels::notANumber, "NaN as a constant"),
                refused("doubleRoot", RefusedKernels::doubleRoot, "in double precision"),
                refused("doubleConstant", RefusedKernels::doubleConstant, "in double precision"),
                refused("doubleArray", RefusedKernels::doubleArray, "in double precision"),
                refused("exp", RefusedKernels::exp, "is named like"),
                refused("isnan", RefusedKernels::isnan, "is named like"),
                refused("rotate", RefusedKernels::rotate, "is named like"),
                refused("half", RefusedKernels::half, "is named like"),
                refused("int8", RefusedKernels::int8, "is named like"),
                refused("size_t", RefusedKernels::size_t, "is named like"),
                refused("kernel", RefusedKernels::kernel, "is named like"),
                refused("rotates", RefusedKernels::rotates, "Integer.rotateLeft"),
                negative("hash", RefusedKernels::hash, "to the right by >>>"),
                negative("wideMask", RefusedKernels::wideMask, "to the right by >>>"),
                negative("halfOfNegative", RefusedKernels::halfOfNegative, "shifts -3 to the"),
                negative("halfOfElement", RefusedKernels::halfOfElement, "may be negative"),
                negative("quarterOfNegative", RefusedKernels::quarterOfNegative, "-3 by 4"),
                negative("quarterOfElement", RefusedKernels::quarterOfElement, "may be negative"),
                negative("hashOfLong", RefusedKernels::hashOfLong, "to the right by >>>"),
                negative("hashOfHelper", RefusedKernels::hashOfHelper, "shifts -155 to the"));
    }

    @TestFactory
    Stream<DynamicTest> everyConstructIsFoundByName() {
        return kernels().map(refused -> dynamicTest(refused.name, () -> isFound(refused)));
    }

    private static void isFound(Refused refused) {
        EmulatorFinding finding = assertThrows(EmulatorFinding.class, () -> run(refused.kernel));
        String message = finding.getMessage();
        assertEquals(refused.kind, finding.kind(), message);
        assertEquals("RefusedKernels." + refused.name + " (task g.t)", finding.kernel());
        assertTrue(message.contains(refused.words), message);
        assertTrue(
                message.contains("RefusedKernels, line ")
                        || message.contains("[RefusedKernels.java:")
                        || message.contains("(RefusedKernels.")
                        || message.contains("calls RefusedKernels.factorial")
                        || message.contains("is named like"),
                message);
    }

    @Test
    void aNegativeOperandNamesTheRound() {
        var x = new IntArray(N);
        var out = new FloatArray(N);
        TaskGraph graph =
                new TaskGraph("g")
                        .transferToDevice(EVERY_EXECUTION, x)
                        .task("t", RefusedKernels::inALoop, x, out, N);
        var plan = new TornadoExecutionPlan(graph.snapshot());
        EmulatorFinding finding = assertThrows(EmulatorFinding.class, plan::execute);
        assertEquals(NEGATIVE, finding.kind());
        assertEquals("i = 0", finding.workItem());
    }

    @Test
    void masksAndNumbersThatAreNotNegativeAreFine() {
        FloatArray out = run(RefusedKernels::masked);
        for (int i = 0; i < N; i++) {
            int h = (i + 1) * 0x9E3779B9;
            int expected = (h >>> 9) + (h >> 3 & 1) + i / 4 + i / 2 + (i - 3) / 3;
            assertEquals((float) expected, out.get(i));
        }
    }

    @Test
    void doublesAreFineWhereTheDeviceHasThem() {
        System.setProperty("tornadogpt.emulator.doubles", "true");
        try {
            assertEquals(4f, run(RefusedKernels::doubleRoot).get(0));
        } finally {
            System.clearProperty("tornadogpt.emulator.doubles");
        }
    }

    private static FloatArray run(Task3<KernelContext, IntArray, FloatArray> kernel) {
        var x = new IntArray(N);
        for (int i = 0; i < N; i++) {
            x.set(i, i - 4);
        }
        var out = new FloatArray(N);
        WorkerGrid grid = new WorkerGrid1D(N);
        grid.setLocalWork(N, 1, 1);
        KernelFindingsTest.run(
                grid,
                graph ->
                        graph.transferToDevice(EVERY_EXECUTION, x)
                                .task("t", kernel, new KernelContext(), x, out)
                                .transferToHost(EVERY_EXECUTION, out));
        return out;
    }
}
