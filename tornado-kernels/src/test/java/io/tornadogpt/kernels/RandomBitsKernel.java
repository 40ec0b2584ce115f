package io.tornadogpt.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Random words as a device computes them.
public final class RandomBitsKernel {
    private RandomBitsKernel() {}

    /// The words of a matrix, at place `id` and layer 1.
    ///
    /// @param key `[4]`
    /// @param out `[rows, columns]`
    public static void words(
            IntArray key, IntArray out, int rows, int columns, int firstRow, int id) {
        for (@Parallel int row = 0; row < rows; row++) {
            for (@Parallel int column = 0; column < columns; column++) {
                int word =
                        ThreefryRounds.word(
                                key.get(0),
                                key.get(1),
                                key.get(2),
                                key.get(3),
                                firstRow + row,
                                column,
                                id,
                                1);
                out.set(row * columns + column, word);
            }
        }
    }
}
