package io.tornadogpt.kernels;

import io.tornadogpt.core.op.Add;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Sums of two tensors: residual connections, and gradients that meet.
public final class AddKernels {
    private AddKernels() {}

    /// How [Add] is launched.
    public static OpKernels of(Add o) {
        return OpKernels.of(
                "addElements",
                (t, g, name) ->
                        g.task(
                                name,
                                AddKernels::addElements,
                                t.layer(),
                                t.floats(o.a()),
                                t.place(o.a()),
                                t.floats(o.b()),
                                t.place(o.b()),
                                t.floats(o.out()),
                                t.place(o.out()),
                                t.elements(o.out())));
    }

    /// `out = a + b`: n elements; `out` may be `a` or `b`. One work-item an element. 1 FLOP and 12
    /// bytes an element.
    public static void addElements(
            IntArray layer,
            FloatArray a,
            long aPlace,
            FloatArray b,
            long bPlace,
            FloatArray out,
            long outPlace,
            int n) {
        for (@Parallel int i = 0; i < n; i++) {
            out.set(
                    Place.start(outPlace, layer) + i,
                    a.get(Place.start(aPlace, layer) + i) + b.get(Place.start(bPlace, layer) + i));
        }
    }
}
