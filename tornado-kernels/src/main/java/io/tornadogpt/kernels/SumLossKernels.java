package io.tornadogpt.kernels;

import io.tornadogpt.core.op.SumLoss;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// The weighted sum of the losses whose target is not negative, and its gradient.
public final class SumLossKernels {
    /// Losses whose target is negative do not count.
    public static final int TARGETS = 1;

    /// Each loss has a weight; without, all weigh 1.
    public static final int WEIGHTS = 2;

    private SumLossKernels() {}

    /// How [SumLoss] is launched.
    public static OpKernels of(SumLoss o) {
        int n = Math.toIntExact(o.losses().elements());
        int options = (o.targets() == null ? 0 : TARGETS) + (o.weights() == null ? 0 : WEIGHTS);
        return OpKernels.of(
                "sumLoss",
                grid(n),
                (t, g, name) ->
                        g.task(
                                name,
                                SumLossKernels::sumLoss,
                                new KernelContext(),
                                t.layer(),
                                t.floats(o.losses()),
                                t.place(o.losses()),
                                t.integersOrZero(o.targets()),
                                t.placeOrWhole(o.targets()),
                                t.floatsOr(o.weights(), o.losses()),
                                t.placeOrWhole(o.weights()),
                                t.floats(o.loss()),
                                t.place(o.loss()),
                                t.floats(o.count()),
                                t.place(o.count()),
                                n,
                                options));
    }

    /// How [SumLoss.Backward] is launched.
    public static OpKernels of(SumLoss.Backward o) {
        int options = (o.targets() == null ? 0 : TARGETS) + (o.weights() == null ? 0 : WEIGHTS);
        return OpKernels.of(
                "sumLossBackward",
                (t, g, name) ->
                        g.task(
                                name,
                                SumLossKernels::sumLossBackward,
                                t.layer(),
                                t.floats(o.dLoss()),
                                t.place(o.dLoss()),
                                t.integersOrZero(o.targets()),
                                t.placeOrWhole(o.targets()),
                                t.floatsOr(o.weights(), o.dLoss()),
                                t.placeOrWhole(o.weights()),
                                t.floats(o.dLosses()),
                                t.place(o.dLosses()),
                                t.elements(o.dLosses()),
                                options));
    }

    /// The launch of [#sumLoss]: one group.
    public static WorkerGrid grid(int n) {
        return RowGroups.grid(1, n);
    }

    /// `loss = sum(weights * losses)` and `count = sum(weights)`, over targets that are not
    /// negative. 2 KiB of local memory. 3 FLOPs and 12 bytes a loss.
    ///
    /// @param losses `[n]`; one that does not count, or weighs 0, may be anything
    /// @param targets `[n]`; any `IntArray` without [#TARGETS]
    /// @param weights `[n]`; `losses`' array without [#WEIGHTS]
    /// @param loss `[1]`
    /// @param count `[1]`
    /// @param options a sum of the constants of this class
    public static void sumLoss(
            KernelContext context,
            IntArray layer,
            FloatArray losses,
            long lossesPlace,
            IntArray targets,
            long targetsPlace,
            FloatArray weights,
            long weightsPlace,
            FloatArray loss,
            long lossPlace,
            FloatArray count,
            long countPlace,
            int n,
            int options) {
        int lossesStart = Place.start(lossesPlace, layer);
        int targetsStart = Place.start(targetsPlace, layer);
        int weightsStart = Place.start(weightsPlace, layer);
        float sum = 0f;
        float counted = 0f;
        for (int i = context.localIdx; i < n; i += context.localGroupSizeX) {
            float weight = 1f;
            if ((options & WEIGHTS) != 0) {
                weight = weights.get(weightsStart + i);
            }
            if ((options & TARGETS) != 0) {
                if (targets.get(targetsStart + i) < 0) {
                    weight = 0f;
                }
            }
            if (weight != 0f) {
                sum += weight * losses.get(lossesStart + i);
                counted += weight;
            }
        }
        float total = RowGroups.sum(context, sum);
        float all = RowGroups.sum(context, counted);
        if (context.localIdx == 0) {
            loss.set(Place.start(lossPlace, layer), total);
            count.set(Place.start(countPlace, layer), all);
        }
    }

    /// `dLosses = weights * dLoss`, 0 where the target is negative. One work-item a loss. 12 bytes
    /// a loss.
    ///
    /// @param dLoss `[1]`
    /// @param targets `[n]`; any `IntArray` without [#TARGETS]
    /// @param weights `[n]`; `dLoss`' array without [#WEIGHTS]
    /// @param dLosses `[n]`
    /// @param options a sum of the constants of this class
    public static void sumLossBackward(
            IntArray layer,
            FloatArray dLoss,
            long dLossPlace,
            IntArray targets,
            long targetsPlace,
            FloatArray weights,
            long weightsPlace,
            FloatArray dLosses,
            long dLossesPlace,
            int n,
            int options) {
        for (@Parallel int i = 0; i < n; i++) {
            float weight = 1f;
            if ((options & WEIGHTS) != 0) {
                weight = weights.get(Place.start(weightsPlace, layer) + i);
            }
            if ((options & TARGETS) != 0) {
                if (targets.get(Place.start(targetsPlace, layer) + i) < 0) {
                    weight = 0f;
                }
            }
            dLosses.set(
                    Place.start(dLossesPlace, layer) + i,
                    weight * dLoss.get(Place.start(dLossPlace, layer)));
        }
    }
}
