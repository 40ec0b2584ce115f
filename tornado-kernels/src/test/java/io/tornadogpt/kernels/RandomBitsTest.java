package io.tornadogpt.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.tornadogpt.core.random.Threefry;

import org.junit.jupiter.api.Test;

import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Random words of a kernel, in the emulator or on a device: shifts, rotations and overflows of the
/// generated code.
class RandomBitsTest {
    private static final int ROWS = 13;
    private static final int COLUMNS = 70;

    @Test
    void wordsOfAKernelAreThoseOfTheReference() {
        check(7, 0, 0, 0, 0, 0);
        check(-1, -1, -1, -1, 5, 3);
        check(
                Integer.MIN_VALUE,
                Integer.MAX_VALUE,
                0x80000001,
                0x7FFFFFFE,
                Integer.MAX_VALUE - ROWS,
                Integer.MIN_VALUE);
        check(0x1BD11BDA, 0x243F6A88, 0x85A308D3, 0x13198A2E, -ROWS, -2);
    }

    private static void check(int k0, int k1, int k2, int k3, int firstRow, int id) {
        IntArray key = IntArray.fromElements(k0, k1, k2, k3);
        var out = new IntArray(ROWS * COLUMNS);
        new KernelRun()
                .task(
                        (g, t) ->
                                g.task(
                                        t,
                                        RandomBitsKernel::words,
                                        key,
                                        out,
                                        ROWS,
                                        COLUMNS,
                                        firstRow,
                                        id))
                .run(key, out);
        var random = new Threefry(k0, k1, k2, k3);
        int[] expected = new int[ROWS * COLUMNS];
        for (int i = 0; i < expected.length; i++) {
            expected[i] = random.word(firstRow + i / COLUMNS, i % COLUMNS, id, 1);
        }
        assertArrayEquals(expected, out.toHeapArray());
    }
}
