package io.tornadogpt.kernels;

import io.tornadogpt.core.op.AdamW;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// AdamW (Loshchilov and Hutter, 2017), in the form of PyTorch's `AdamW`.
public final class AdamWKernels {
    private AdamWKernels() {}

    /// How [AdamW] is launched.
    public static OpKernels of(AdamW o) {
        AdamW.Settings s = o.settings();
        return OpKernels.of(
                "adamW",
                (t, g, name) ->
                        g.task(
                                name,
                                AdamWKernels::adamW,
                                t.layer(),
                                t.floats(o.parameter()),
                                t.place(o.parameter()),
                                t.floats(o.gradient()),
                                t.place(o.gradient()),
                                t.floats(o.m()),
                                t.place(o.m()),
                                t.floats(o.v()),
                                t.place(o.v()),
                                t.floats(o.scale()),
                                t.place(o.scale()),
                                t.floats(o.schedule()),
                                t.place(o.schedule()),
                                t.elements(o.parameter()),
                                (float) s.beta1(),
                                (float) (1 - s.beta1()),
                                (float) s.beta2(),
                                (float) (1 - s.beta2()),
                                (float) s.epsilon(),
                                (float) s.weightDecay()));
    }

    /// Two of [AdamW] with the same settings, scale and schedule in one launch, which also zeroes
    /// their gradients. Both are whole arrays, and so is the scale.
    public static OpKernels ofTwo(AdamW o, AdamW other) {
        AdamW.Settings s = o.settings();
        return OpKernels.of(
                "adamWOfTwo",
                (t, g, name) ->
                        g.task(
                                name,
                                AdamWKernels::adamWOfTwo,
                                t.layer(),
                                t.floats(o.scale()),
                                t.floats(o.schedule()),
                                t.place(o.schedule()),
                                t.floats(o.parameter()),
                                t.floats(o.gradient()),
                                t.floats(o.m()),
                                t.floats(o.v()),
                                t.floats(other.parameter()),
                                t.floats(other.gradient()),
                                t.floats(other.m()),
                                t.floats(other.v()),
                                (long) t.elements(o.parameter()) << 32
                                        | t.elements(other.parameter()),
                                (float) s.beta1(),
                                (float) (1 - s.beta1()),
                                (float) s.beta2(),
                                (float) (1 - s.beta2()),
                                (float) s.epsilon(),
                                (float) s.weightDecay()));
    }

    /// One step on n elements. With `g = scale * gradient` and `schedule = {lr, c1, c2}`:
    ///
    /// ```
    /// m = beta1 * m + (1 - beta1) * g
    /// v = beta2 * v + (1 - beta2) * g * g
    /// parameter = parameter * (1 - lr * weightDecay) - lr * (m / c1) / (sqrt(v) / c2 + epsilon)
    /// ```
    ///
    /// A scale of 0 leaves everything untouched: a gradient was not finite. One work-item an
    /// element. 14 FLOPs and 28 bytes an element.
    ///
    /// @param scale `[1]`
    /// @param schedule `[3]`: learning rate, `1 - beta1^t`, `sqrt(1 - beta2^t)`
    /// @param oneMinusBeta1 rounded from the exact difference: `1 - 0.999f` is off by 5e-5 of
    ///   itself
    /// @param oneMinusBeta2 as `oneMinusBeta1`
    public static void adamW(
            IntArray layer,
            FloatArray parameter,
            long parameterPlace,
            FloatArray gradient,
            long gradientPlace,
            FloatArray m,
            long mPlace,
            FloatArray v,
            long vPlace,
            FloatArray scale,
            long scalePlace,
            FloatArray schedule,
            long schedulePlace,
            int n,
            float beta1,
            float oneMinusBeta1,
            float beta2,
            float oneMinusBeta2,
            float epsilon,
            float weightDecay) {
        for (@Parallel int i = 0; i < n; i++) {
            step(
                    parameter,
                    Place.start(parameterPlace, layer) + i,
                    gradient,
                    Place.start(gradientPlace, layer) + i,
                    m,
                    Place.start(mPlace, layer) + i,
                    v,
                    Place.start(vPlace, layer) + i,
                    scale.get(Place.start(scalePlace, layer)),
                    schedule,
                    Place.start(schedulePlace, layer),
                    beta1,
                    oneMinusBeta1,
                    beta2,
                    oneMinusBeta2,
                    epsilon,
                    weightDecay);
        }
    }

    /// Steps of [#adamW] on two parameters, whose gradients become 0. One work-item an element of
    /// each. 14 FLOPs and 32 bytes an element.
    ///
    /// @param sizes elements of the first parameter times 2^32, and those of the second
    public static void adamWOfTwo(
            IntArray layer,
            FloatArray scale,
            FloatArray schedule,
            long schedulePlace,
            FloatArray parameter,
            FloatArray gradient,
            FloatArray m,
            FloatArray v,
            FloatArray otherParameter,
            FloatArray otherGradient,
            FloatArray otherM,
            FloatArray otherV,
            long sizes,
            float beta1,
            float oneMinusBeta1,
            float beta2,
            float oneMinusBeta2,
            float epsilon,
            float weightDecay) {
        int n = (int) (sizes >> 32);
        int others = (int) sizes;
        int most = n > others ? n : others;
        for (@Parallel int i = 0; i < most; i++) {
            int settings = Place.start(schedulePlace, layer);
            if (i < n) {
                step(
                        parameter,
                        i,
                        gradient,
                        i,
                        m,
                        i,
                        v,
                        i,
                        scale.get(0),
                        schedule,
                        settings,
                        beta1,
                        oneMinusBeta1,
                        beta2,
                        oneMinusBeta2,
                        epsilon,
                        weightDecay);
                gradient.set(i, 0f);
            }
            if (i < others) {
                step(
                        otherParameter,
                        i,
                        otherGradient,
                        i,
                        otherM,
                        i,
                        otherV,
                        i,
                        scale.get(0),
                        schedule,
                        settings,
                        beta1,
                        oneMinusBeta1,
                        beta2,
                        oneMinusBeta2,
                        epsilon,
                        weightDecay);
                otherGradient.set(i, 0f);
            }
        }
    }

    /// The step of one element.
    private static void step(
            FloatArray parameter,
            int p,
            FloatArray gradient,
            int at,
            FloatArray m,
            int first,
            FloatArray v,
            int second,
            float factor,
            FloatArray schedule,
            int settings,
            float beta1,
            float oneMinusBeta1,
            float beta2,
            float oneMinusBeta2,
            float epsilon,
            float weightDecay) {
        if (factor != 0f) {
            float learningRate = schedule.get(settings);
            float g = factor * gradient.get(at);
            float newM = beta1 * m.get(first) + oneMinusBeta1 * g;
            float newV = beta2 * v.get(second) + oneMinusBeta2 * g * g;
            float root = TornadoMath.sqrt(newV) / schedule.get(settings + 2) + epsilon;
            float update = newM / schedule.get(settings + 1) / root;
            float decayed = parameter.get(p) * (1f - learningRate * weightDecay);
            parameter.set(p, decayed - learningRate * update);
            m.set(first, newM);
            v.set(second, newV);
        }
    }
}
