package io.tornadogpt.kernels;

import io.tornadogpt.core.op.Copy;
import io.tornadogpt.core.tensor.DType;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Copies of a tensor.
public final class CopyKernels {
    private CopyKernels() {}

    /// How [Copy] is launched.
    public static OpKernels of(Copy o) {
        return o.x().dtype() == DType.I32
                ? OpKernels.of(
                        "copyIntegers",
                        (t, g, name) ->
                                g.task(
                                        name,
                                        CopyKernels::copyIntegers,
                                        t.layer(),
                                        t.integers(o.x()),
                                        t.place(o.x()),
                                        t.integers(o.out()),
                                        t.place(o.out()),
                                        t.elements(o.out())))
                : OpKernels.of(
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

    /// `out = x`: n elements. One work-item an element. 8 bytes an element.
    public static void copyElements(
            IntArray layer, FloatArray x, long xPlace, FloatArray out, long outPlace, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            out.set(Place.start(outPlace, layer) + i, x.get(Place.start(xPlace, layer) + i));
        }
    }

    /// As [#copyElements], of integers.
    public static void copyIntegers(
            IntArray layer, IntArray x, long xPlace, IntArray out, long outPlace, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            out.set(Place.start(outPlace, layer) + i, x.get(Place.start(xPlace, layer) + i));
        }
    }
}
