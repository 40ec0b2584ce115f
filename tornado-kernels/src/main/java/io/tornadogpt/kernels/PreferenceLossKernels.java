package io.tornadogpt.kernels;

import io.tornadogpt.core.op.PreferenceLoss;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// The loss of pairs of answers of which one is preferred (Rafailov et al., 2023; Azar et al.,
/// 2023), and its gradient.
public final class PreferenceLossKernels {
    private static final int SIGMOID = 0;
    private static final int IPO = 1;

    private PreferenceLossKernels() {}

    /// How [PreferenceLoss] is launched.
    public static OpKernels of(PreferenceLoss o) {
        PreferenceLoss.Settings s = o.settings();
        return OpKernels.of(
                "preferenceLoss",
                (t, g, name) ->
                        g.task(
                                name,
                                PreferenceLossKernels::preferenceLoss,
                                t.layer(),
                                t.floats(o.losses()),
                                t.place(o.losses()),
                                t.floats(o.reference()),
                                t.place(o.reference()),
                                t.floats(o.out()),
                                t.place(o.out()),
                                t.elements(o.out()),
                                number(s.form()),
                                (float) s.beta(),
                                (float) (1 / (2 * s.beta())),
                                (float) s.labelSmoothing()));
    }

    /// How [PreferenceLoss.Backward] is launched.
    public static OpKernels of(PreferenceLoss.Backward o) {
        PreferenceLoss.Settings s = o.settings();
        return OpKernels.of(
                "preferenceLossBackward",
                (t, g, name) ->
                        g.task(
                                name,
                                PreferenceLossKernels::preferenceLossBackward,
                                t.layer(),
                                t.floats(o.losses()),
                                t.place(o.losses()),
                                t.floats(o.reference()),
                                t.place(o.reference()),
                                t.floats(o.dOut()),
                                t.place(o.dOut()),
                                t.floats(o.dLosses()),
                                t.place(o.dLosses()),
                                t.elements(o.dOut()),
                                number(s.form()),
                                (float) s.beta(),
                                (float) (1 / (2 * s.beta())),
                                (float) s.labelSmoothing()));
    }

    private static int number(PreferenceLoss.Form form) {
        return switch (form) {
            case SIGMOID -> SIGMOID;
            case IPO -> IPO;
        };
    }

    /// With `delta = (l rejected - r rejected) - (l chosen - r chosen)`: `out = -(1 - e) log s(beta
    /// delta) - e log s(-beta delta)`, or `(delta - 1 / (2 beta))^2`. One work-item a pair. About
    /// 50 FLOPs and 20 bytes a pair.
    ///
    /// @param losses `[2 pairs]`, l: chosen answers, then rejected ones
    /// @param reference as `losses`, r
    /// @param out `[pairs]`
    /// @param form 0 for the first form, 1 for the second
    /// @param target `1 / (2 beta)`
    /// @param smoothing e
    public static void preferenceLoss(
            IntArray layer,
            FloatArray losses,
            long lossesPlace,
            FloatArray reference,
            long referencePlace,
            FloatArray out,
            long outPlace,
            int pairs,
            int form,
            float beta,
            float target,
            float smoothing) {
        for (@Parallel int pair = 0; pair < pairs; pair++) {
            int chosen = Place.start(lossesPlace, layer) + pair;
            int other = Place.start(referencePlace, layer) + pair;
            float delta =
                    losses.get(chosen + pairs)
                            - reference.get(other + pairs)
                            - (losses.get(chosen) - reference.get(other));
            float loss = (delta - target) * (delta - target);
            if (form == SIGMOID) {
                loss =
                        (1f - smoothing) * softplus(-beta * delta)
                                + smoothing * softplus(beta * delta);
            }
            out.set(Place.start(outPlace, layer) + pair, loss);
        }
    }

    /// `dLosses = -g` for the chosen, `g` for the rejected answers, with `g = dOut * d out / d
    /// delta`. One work-item a pair. About 30 FLOPs and 28 bytes a pair.
    ///
    /// @param losses `[2 pairs]`
    /// @param reference `[2 pairs]`
    /// @param dOut `[pairs]`
    /// @param dLosses `[2 pairs]`
    /// @param form as in [#preferenceLoss], as what follows it
    public static void preferenceLossBackward(
            IntArray layer,
            FloatArray losses,
            long lossesPlace,
            FloatArray reference,
            long referencePlace,
            FloatArray dOut,
            long dOutPlace,
            FloatArray dLosses,
            long dLossesPlace,
            int pairs,
            int form,
            float beta,
            float target,
            float smoothing) {
        for (@Parallel int pair = 0; pair < pairs; pair++) {
            int chosen = Place.start(lossesPlace, layer) + pair;
            int other = Place.start(referencePlace, layer) + pair;
            float delta =
                    losses.get(chosen + pairs)
                            - reference.get(other + pairs)
                            - (losses.get(chosen) - reference.get(other));
            float slope = 2f * (delta - target);
            if (form == SIGMOID) {
                // s(x) - 1 + e, where s(x) - 1 = -s(-x) keeps its digits.
                slope = beta * (smoothing - ActivationKernels.logistic(-beta * delta));
            }
            float gradient = dOut.get(Place.start(dOutPlace, layer) + pair) * slope;
            int element = Place.start(dLossesPlace, layer) + pair;
            dLosses.set(element, -gradient);
            dLosses.set(element + pairs, gradient);
        }
    }

    /// `log(1 + e^x)`.
    private static float softplus(float x) {
        float e = TornadoMath.exp(-TornadoMath.abs(x));
        float sum = 1f + e;
        // What rounding took from the sum is given back, or small results have no digits.
        float log = e;
        if (sum > 1f) {
            log = TornadoMath.log(sum) * (e / (sum - 1f));
        }
        return TornadoMath.max(x, 0f) + log;
    }
}
