package io.tornadogpt.emulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class MatMulPropertyTest {

    @Property(tries = 25, seed = "1")
    void tiledMatMulIsRightOffEveryTile(
            @ForAll @IntRange(min = 1, max = 20) int m,
            @ForAll @IntRange(min = 1, max = 20) int n,
            @ForAll @IntRange(min = 1, max = 20) int k) {
        assertArrayEquals(MatMuls.plain(m, n, k), MatMuls.run(SampleKernels::matMul, m, n, k));
    }

    @Example
    void productIsTheSameWithoutChecks() {
        System.setProperty("tornadogpt.emulator.checks", "false");
        try {
            assertArrayEquals(
                    MatMuls.plain(9, 10, 17), MatMuls.run(SampleKernels::matMul, 9, 10, 17));
        } finally {
            System.clearProperty("tornadogpt.emulator.checks");
        }
    }
}
