package io.tornadogpt.kernels;

import io.tornadogpt.core.op.SoftCap;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Values kept between two bounds by a hyperbolic tangent, and the gradient.
public final class SoftCapKernels {
    private SoftCapKernels() {}

    /// How [SoftCap] is launched.
    public static OpKernels of(SoftCap o) {
        return OpKernels.of(
                "softCap",
                (t, g, name) ->
                        g.task(
                                name,
                                SoftCapKernels::softCap,
                                t.layer(),
                                t.floats(o.x()),
                                t.place(o.x()),
                                t.floats(o.out()),
                                t.place(o.out()),
                                t.elements(o.out()),
                                (float) o.cap()));
    }

    /// How [SoftCap.Backward] is launched.
    public static OpKernels of(SoftCap.Backward o) {
        return OpKernels.of(
                "softCapBackward",
                (t, g, name) ->
                        g.task(
                                name,
                                SoftCapKernels::softCapBackward,
                                t.layer(),
                                t.floats(o.out()),
                                t.place(o.out()),
                                t.floats(o.dOut()),
                                t.place(o.dOut()),
                                t.floats(o.dX()),
                                t.place(o.dX()),
                                t.elements(o.dX()),
                                (float) o.cap()));
    }

    /// `out = cap * tanh(x / cap)`: n elements; `out` may be `x`. One work-item an element. About
    /// 20 FLOPs and 8 bytes an element.
    public static void softCap(
            IntArray layer,
            FloatArray x,
            long xPlace,
            FloatArray out,
            long outPlace,
            int n,
            float cap) {
        for (@Parallel int i = 0; i < n; i++) {
            out.set(
                    Place.start(outPlace, layer) + i,
                    capped(x.get(Place.start(xPlace, layer) + i), cap));
        }
    }

    /// `dX = dOut * (1 - (out / cap)^2)`: n elements. One work-item an element. 5 FLOPs and 12
    /// bytes an element.
    public static void softCapBackward(
            IntArray layer,
            FloatArray out,
            long outPlace,
            FloatArray dOut,
            long dOutPlace,
            FloatArray dX,
            long dXPlace,
            int n,
            float cap) {
        for (@Parallel int i = 0; i < n; i++) {
            float slope = slope(out.get(Place.start(outPlace, layer) + i), cap);
            dX.set(
                    Place.start(dXPlace, layer) + i,
                    dOut.get(Place.start(dOutPlace, layer) + i) * slope);
        }
    }

    /// `cap * tanh(x / cap)`, or x where the cap is 0.
    static float capped(float x, float cap) {
        float result = x;
        if (cap > 0f) {
            result = cap * ActivationKernels.hyperbolicTangent(x / cap);
        }
        return result;
    }

    /// The derivative of [#capped], from its result.
    static float slope(float capped, float cap) {
        float result = 1f;
        if (cap > 0f) {
            // Not 1 - t^2, which has no digits left where the value is at the cap.
            float t = capped / cap;
            result = (1f - t) * (1f + t);
        }
        return result;
    }
}
