package io.tornadogpt.cpu;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.tornadogpt.core.backend.ExecutionOptions;
import io.tornadogpt.core.testing.OpCases;
import io.tornadogpt.core.testing.OpCheck;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.util.List;
import java.util.stream.Stream;

/// Whoever has more processors gets the same numbers sooner.
class CpuThreadsTest {
    @TestFactory
    Stream<DynamicTest> everyOpHasTheSameBitsForAnyNumberOfThreads() {
        var cpu = new CpuBackend();
        List<ExecutionOptions> threads = Stream.of(1, 7).map(ExecutionOptions::new).toList();
        return OpCases.selected().stream()
                .map(
                        c ->
                                dynamicTest(
                                        c.toString(),
                                        () -> OpCheck.sameBits(cpu, threads, c).verify()));
    }
}
