package io.tornadogpt.kernels;

import io.tornadogpt.core.op.PolicyLoss;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// The clipped loss of the tokens of answers that have an advantage (Schulman et al., 2017; Shao et
/// al., 2024), and its gradient.
public final class PolicyLossKernels {
    private PolicyLossKernels() {}

    /// How [PolicyLoss] is launched.
    public static OpKernels of(PolicyLoss o) {
        PolicyLoss.Settings s = o.settings();
        return OpKernels.of(
                "policyLoss",
                (t, g, name) ->
                        g.task(
                                name,
                                PolicyLossKernels::policyLoss,
                                t.layer(),
                                t.floats(o.losses()),
                                t.place(o.losses()),
                                t.floats(o.old()),
                                t.place(o.old()),
                                t.floatsOr(o.reference(), o.losses()),
                                t.placeOrWhole(o.reference()),
                                t.floats(o.advantages()),
                                t.place(o.advantages()),
                                t.floats(o.out()),
                                t.place(o.out()),
                                o.out().rows(),
                                o.out().columns(),
                                (float) (1 - s.low()),
                                (float) (1 + s.high()),
                                (float) (o.reference() == null ? 0 : s.beta())));
    }

    /// How [PolicyLoss.Backward] is launched.
    public static OpKernels of(PolicyLoss.Backward o) {
        PolicyLoss.Settings s = o.settings();
        return OpKernels.of(
                "policyLossBackward",
                (t, g, name) ->
                        g.task(
                                name,
                                PolicyLossKernels::policyLossBackward,
                                t.layer(),
                                t.floats(o.losses()),
                                t.place(o.losses()),
                                t.floats(o.old()),
                                t.place(o.old()),
                                t.floatsOr(o.reference(), o.losses()),
                                t.placeOrWhole(o.reference()),
                                t.floats(o.advantages()),
                                t.place(o.advantages()),
                                t.floats(o.dOut()),
                                t.place(o.dOut()),
                                t.floats(o.dLosses()),
                                t.place(o.dLosses()),
                                o.dLosses().rows(),
                                o.dLosses().columns(),
                                (float) (1 - s.low()),
                                (float) (1 + s.high()),
                                (float) (o.reference() == null ? 0 : s.beta())));
    }

    /// With `ratio = exp(old - losses)` and `d = losses - reference`: `out = beta * ratio * (e^d -
    /// 1 - d) - min(ratio * A, clip(ratio, low, high) * A)`. One work-item a token. About 40 FLOPs
    /// and 16 bytes a token.
    ///
    /// @param losses `[rows, columns]`
    /// @param old as `losses`
    /// @param reference as `losses`; `losses`' array if `beta` is 0
    /// @param advantages `[rows]`, A
    /// @param out as `losses`
    /// @param low the lowest ratio
    /// @param high the highest ratio
    public static void policyLoss(
            IntArray layer,
            FloatArray losses,
            long lossesPlace,
            FloatArray old,
            long oldPlace,
            FloatArray reference,
            long referencePlace,
            FloatArray advantages,
            long advantagesPlace,
            FloatArray out,
            long outPlace,
            int rows,
            int columns,
            float low,
            float high,
            float beta) {
        for (@Parallel int row = 0; row < rows; row++) {
            for (@Parallel int column = 0; column < columns; column++) {
                int element = row * columns + column;
                float loss = losses.get(Place.start(lossesPlace, layer) + element);
                float advantage = advantages.get(Place.start(advantagesPlace, layer) + row);
                float ratio =
                        TornadoMath.exp(old.get(Place.start(oldPlace, layer) + element) - loss);
                float clipped = TornadoMath.min(high, TornadoMath.max(low, ratio));
                float result = -TornadoMath.min(ratio * advantage, clipped * advantage);
                if (beta > 0f) {
                    float d = loss - reference.get(Place.start(referencePlace, layer) + element);
                    result += beta * ratio * divergence(d);
                }
                out.set(Place.start(outPlace, layer) + element, result);
            }
        }
    }

    /// `dLosses = dOut * ratio * (A + beta * d)`, the first term only where the ratio is not
    /// clipped. One work-item a token. About 40 FLOPs and 20 bytes a token.
    ///
    /// @param losses `[rows, columns]`
    /// @param old as `losses`
    /// @param reference as `losses`; `losses`' array if `beta` is 0
    /// @param advantages `[rows]`, A
    /// @param dOut as `losses`
    /// @param dLosses as `losses`
    /// @param low the lowest ratio
    /// @param high the highest ratio
    public static void policyLossBackward(
            IntArray layer,
            FloatArray losses,
            long lossesPlace,
            FloatArray old,
            long oldPlace,
            FloatArray reference,
            long referencePlace,
            FloatArray advantages,
            long advantagesPlace,
            FloatArray dOut,
            long dOutPlace,
            FloatArray dLosses,
            long dLossesPlace,
            int rows,
            int columns,
            float low,
            float high,
            float beta) {
        for (@Parallel int row = 0; row < rows; row++) {
            for (@Parallel int column = 0; column < columns; column++) {
                int element = row * columns + column;
                float loss = losses.get(Place.start(lossesPlace, layer) + element);
                float advantage = advantages.get(Place.start(advantagesPlace, layer) + row);
                float ratio =
                        TornadoMath.exp(old.get(Place.start(oldPlace, layer) + element) - loss);
                float clipped = TornadoMath.min(high, TornadoMath.max(low, ratio));
                float slope = 0f;
                if (ratio * advantage <= clipped * advantage) {
                    slope = ratio * advantage;
                }
                if (beta > 0f) {
                    float d = loss - reference.get(Place.start(referencePlace, layer) + element);
                    slope += beta * ratio * d;
                }
                dLosses.set(
                        Place.start(dLossesPlace, layer) + element,
                        slope * dOut.get(Place.start(dOutPlace, layer) + element));
            }
        }
    }

    /// `e^d - 1 - d`, near 0 by its series.
    private static float divergence(float d) {
        float result = TornadoMath.exp(d) - 1f - d;
        if (TornadoMath.abs(d) < 0.25f) {
            result = d * d * (0.5f + d * (1f / 6f + d * (1f / 24f + d * (1f / 120f + d / 720f))));
        }
        return result;
    }
}
