package io.tornadogpt.kernels;

import io.tornadogpt.core.op.Scale;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// A tensor times a number, which is its own gradient.
public final class ScaleKernels {
    private ScaleKernels() {}

    /// How [Scale] is launched.
    public static OpKernels of(Scale o) {
        return OpKernels.of(
                "scaleElements",
                (t, g, name) ->
                        g.task(
                                name,
                                ScaleKernels::scaleElements,
                                t.layer(),
                                t.floats(o.x()),
                                t.place(o.x()),
                                t.floats(o.out()),
                                t.place(o.out()),
                                t.elements(o.out()),
                                (float) o.factor()));
    }

    /// `out = factor * x`: n elements; `out` may be `x`. One work-item an element. 1 FLOP and 8
    /// bytes an element.
    public static void scaleElements(
            IntArray layer,
            FloatArray x,
            long xPlace,
            FloatArray out,
            long outPlace,
            int n,
            float factor) {
        for (@Parallel int i = 0; i < n; i++) {
            out.set(
                    Place.start(outPlace, layer) + i,
                    factor * x.get(Place.start(xPlace, layer) + i));
        }
    }
}
