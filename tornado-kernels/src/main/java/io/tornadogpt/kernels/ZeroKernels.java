package io.tornadogpt.kernels;

import io.tornadogpt.core.op.Zero;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Zeroes what gradients are added to.
public final class ZeroKernels {
    private ZeroKernels() {}

    /// How [Zero] is launched.
    public static OpKernels of(Zero o) {
        return OpKernels.of(
                "zeroElements",
                (t, g, name) ->
                        g.task(
                                name,
                                ZeroKernels::zeroElements,
                                t.layer(),
                                t.floats(o.x()),
                                t.place(o.x()),
                                t.elements(o.x())));
    }

    /// `x = 0`: n elements. One work-item and 4 bytes an element.
    public static void zeroElements(IntArray layer, FloatArray x, long xPlace, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            x.set(Place.start(xPlace, layer) + i, 0f);
        }
    }
}
