package io.tornadogpt.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Copies on the device.
public final class CopyKernels {
    private CopyKernels() {}

    /// `out = x`: n elements. One work-item and 8 bytes an element.
    public static void copyElements(
            IntArray layer, FloatArray x, long xPlace, FloatArray out, long outPlace, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            out.set(Place.start(outPlace, layer) + i, x.get(Place.start(xPlace, layer) + i));
        }
    }
}
