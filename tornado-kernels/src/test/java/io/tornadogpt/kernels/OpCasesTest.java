package io.tornadogpt.kernels;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.tornadogpt.core.testing.OpCases;
import io.tornadogpt.core.testing.OpCheck;
import io.tornadogpt.kernels.backend.TornadoBackend;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.util.stream.Stream;

/// The cases that every backend is checked with, as far as there is time for them.
class OpCasesTest {
    @TestFactory
    Stream<DynamicTest> everyOpMatchesTheReference() {
        return ChosenCases.all().stream()
                .map(
                        opCase ->
                                dynamicTest(
                                        opCase.toString(),
                                        () -> OpCheck.run(new TornadoBackend(), opCase).verify()));
    }

    @Test
    void everyOpHasSeveralCases() {
        for (Class<?> op : OpCases.kinds()) {
            long count =
                    OpCases.all().stream()
                            .filter(c -> op.isInstance(c.op()) && ChosenCases.isSmall(c))
                            .count();
            assertTrue(count >= 8, op + " has " + count + " cases");
        }
    }
}
