package io.tornadogpt.kernels;

import io.tornadogpt.core.op.MeanLoss;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.WorkerGrid;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// The mean of the losses whose target is not negative, and its gradient.
public final class MeanLossKernels {
    private MeanLossKernels() {}

    /// How [MeanLoss] is launched.
    public static OpKernels of(MeanLoss o) {
        return OpKernels.of(
                "meanLoss",
                grid(Math.toIntExact(o.losses().elements())),
                (t, g, name) ->
                        g.task(
                                name,
                                MeanLossKernels::meanLoss,
                                new KernelContext(),
                                t.layer(),
                                t.floats(o.losses()),
                                t.place(o.losses()),
                                t.integers(o.targets()),
                                t.place(o.targets()),
                                t.floats(o.loss()),
                                t.place(o.loss()),
                                t.floats(o.count()),
                                t.place(o.count()),
                                t.elements(o.losses())));
    }

    /// How [MeanLoss.Backward] is launched.
    public static OpKernels of(MeanLoss.Backward o) {
        return OpKernels.of(
                "meanLossBackward",
                (t, g, name) ->
                        g.task(
                                name,
                                MeanLossKernels::meanLossBackward,
                                t.layer(),
                                t.integers(o.targets()),
                                t.place(o.targets()),
                                t.floats(o.count()),
                                t.place(o.count()),
                                t.floats(o.dLoss()),
                                t.place(o.dLoss()),
                                t.floats(o.dLosses()),
                                t.place(o.dLosses()),
                                t.elements(o.dLosses())));
    }

    /// The launch of [#meanLoss]: one group.
    public static WorkerGrid grid(int n) {
        return RowGroups.grid(1, n);
    }

    /// `loss = sum(losses) / max(count, 1)` over targets that are not negative. 2 KiB of local
    /// memory. 1 FLOP and 8 bytes a loss.
    ///
    /// @param losses `[n]`
    /// @param targets `[n]`
    /// @param loss `[1]`
    /// @param count `[1]`, the number of targets that count
    public static void meanLoss(
            KernelContext context,
            IntArray layer,
            FloatArray losses,
            long lossesPlace,
            IntArray targets,
            long targetsPlace,
            FloatArray loss,
            long lossPlace,
            FloatArray count,
            long countPlace,
            int n) {
        int lossesStart = Place.start(lossesPlace, layer);
        int targetsStart = Place.start(targetsPlace, layer);
        float sum = 0f;
        float counted = 0f;
        for (int i = context.localIdx; i < n; i += context.localGroupSizeX) {
            if (targets.get(targetsStart + i) >= 0) {
                sum += losses.get(lossesStart + i);
                counted += 1f;
            }
        }
        float total = RowGroups.sum(context, sum);
        float all = RowGroups.sum(context, counted);
        if (context.localIdx == 0) {
            loss.set(Place.start(lossPlace, layer), total / TornadoMath.max(all, 1f));
            count.set(Place.start(countPlace, layer), all);
        }
    }

    /// `dLosses = dLoss / max(count, 1)`, 0 where the target is negative. One work-item a loss. 8
    /// bytes a loss.
    ///
    /// @param targets `[n]`
    /// @param count `[1]`
    /// @param dLoss `[1]`
    /// @param dLosses `[n]`
    public static void meanLossBackward(
            IntArray layer,
            IntArray targets,
            long targetsPlace,
            FloatArray count,
            long countPlace,
            FloatArray dLoss,
            long dLossPlace,
            FloatArray dLosses,
            long dLossesPlace,
            int n) {
        for (@Parallel int i = 0; i < n; i++) {
            float gradient = 0f;
            if (targets.get(Place.start(targetsPlace, layer) + i) >= 0) {
                gradient =
                        dLoss.get(Place.start(dLossPlace, layer))
                                / TornadoMath.max(count.get(Place.start(countPlace, layer)), 1f);
            }
            dLosses.set(Place.start(dLossesPlace, layer) + i, gradient);
        }
    }
}
