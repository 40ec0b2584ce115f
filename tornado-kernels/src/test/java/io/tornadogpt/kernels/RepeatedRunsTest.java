package io.tornadogpt.kernels;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.tornadogpt.core.testing.OpCheck;
import io.tornadogpt.kernels.backend.TornadoBackend;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.util.stream.Stream;

/// Kernels make the same bits whenever they run: no atomics, and sums in a fixed order.
class RepeatedRunsTest {
    private static final int RUNS = 300;

    /// The emulator runs work-items in a fixed order; a few runs show that nothing is left behind.
    private static final int RUNS_EMULATED = 3;

    @TestFactory
    Stream<DynamicTest> everyRunMakesTheSameBits() {
        int runs = ChosenCases.emulated() ? RUNS_EMULATED : RUNS;
        return ChosenCases.oneOfEachOp().stream()
                .map(
                        opCase ->
                                dynamicTest(
                                        opCase + ", " + runs + " runs",
                                        () ->
                                                OpCheck.repeat(new TornadoBackend(), opCase, runs)
                                                        .verify()));
    }
}
