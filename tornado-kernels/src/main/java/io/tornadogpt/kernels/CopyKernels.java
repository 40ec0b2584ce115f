package io.tornadogpt.kernels;

import io.tornadogpt.core.op.Copy;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Copies on the device.
public final class CopyKernels {
    private CopyKernels() {}

    /// How [Copy] is launched.
    public static OpKernels of(Copy o) {
        return OpKernels.of(
                "copyElements",
                (t, g, name) ->
                        g.task(
                                name,
                                CopyKernels::copyElements,
                                t.layer(),
                                t.floats(o.x()),
                                t.place(o.x()),
                                t.floats(o.out()),
                                t.place(o.out()),
                                t.elements(o.out())));
    }

    /// `out = x`: n elements. One work-item and 8 bytes an element.
    public static void copyElements(
            IntArray layer, FloatArray x, long xPlace, FloatArray out, long outPlace, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            out.set(Place.start(outPlace, layer) + i, x.get(Place.start(xPlace, layer) + i));
        }
    }
}
