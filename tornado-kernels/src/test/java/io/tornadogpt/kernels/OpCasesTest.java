package io.tornadogpt.kernels;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.tornadogpt.core.op.Op;
import io.tornadogpt.core.testing.OpCase;
import io.tornadogpt.core.testing.OpCases;
import io.tornadogpt.core.testing.OpCheck;
import io.tornadogpt.kernels.backend.TornadoBackend;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.util.List;
import java.util.stream.Stream;

/// The cases that every backend is checked with, as far as they are small enough for an emulator.
class OpCasesTest {
    /// Floating-point operations of a case; the emulator checks every access to a buffer.
    private static final long MOST_FLOPS = 400_000;

    @TestFactory
    Stream<DynamicTest> everyOpMatchesTheReference() {
        return cases().stream()
                .map(
                        opCase ->
                                dynamicTest(
                                        opCase.toString(),
                                        () -> OpCheck.run(new TornadoBackend(), opCase).verify()));
    }

    private static List<OpCase> cases() {
        return OpCases.selected().stream().filter(c -> c.op().flops() <= MOST_FLOPS).toList();
    }

    @Test
    void everyOpHasSeveralCases() {
        for (Class<?> op : Op.class.getPermittedSubclasses()) {
            long count =
                    OpCases.all().stream()
                            .filter(c -> op.isInstance(c.op()) && c.op().flops() <= MOST_FLOPS)
                            .count();
            assertTrue(count >= 8, op + " has " + count + " cases");
        }
    }
}
