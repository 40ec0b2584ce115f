package io.tornadogpt.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Zeroes what gradients are added to.
public final class ZeroKernels {
    private ZeroKernels() {}

    /// `x = 0`: n elements. One work-item and 4 bytes an element.
    public static void zeroElements(IntArray layer, FloatArray x, long xPlace, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            x.set(Place.start(xPlace, layer) + i, 0f);
        }
    }
}
