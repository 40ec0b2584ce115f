package io.tornadogpt.cpu;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.tornadogpt.core.testing.OpCases;
import io.tornadogpt.core.testing.OpCheck;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.util.stream.Stream;

/// The cases that every backend is checked with, forward and backward, on this one. Run once with
/// the machine's widest vectors and once with at most 256 bits.
class CpuOpCasesTest {
    @TestFactory
    Stream<DynamicTest> everyOpMatchesTheReference() {
        return OpCases.selected().stream()
                .map(
                        c ->
                                dynamicTest(
                                        c.toString(),
                                        () -> OpCheck.run(new CpuBackend(), c).verify()));
    }
}
