package io.tornadogpt.cpu;

import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.tornadogpt.core.testing.OpCase;
import io.tornadogpt.core.testing.OpCases;
import io.tornadogpt.core.testing.OpCheck;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// The cases that every backend is checked with, forward and backward, on this one. Run once with
/// the machine's widest vectors, and a third of them once more with at most 256 bits.
class CpuOpCasesTest {
    private static final int THIRD = 3;
    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

    @TestFactory
    Stream<DynamicTest> everyOpMatchesTheReference() throws IOException {
        return cases().stream()
                .map(
                        c ->
                                dynamicTest(
                                        c.toString(),
                                        () -> OpCheck.run(new CpuBackend(), c).verify()));
    }

    /// None in the second run on a machine whose widest vectors were those of the first.
    private static List<OpCase> cases() throws IOException {
        boolean second = Boolean.getBoolean("tornadogpt.test.atMost256Bits");
        boolean equal =
                Files.isReadable(PROCESSORS) && !Files.readString(PROCESSORS).contains("avx512");
        if (second && equal) {
            return List.of();
        }
        List<OpCase> all = OpCases.selected();
        return second
                ? IntStream.range(0, all.size())
                        .filter(i -> i % THIRD == 0)
                        .mapToObj(all::get)
                        .toList()
                : all;
    }
}
