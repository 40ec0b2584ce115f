package io.tornadogpt.cpu.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The mean of the losses whose target is not ignored. So little work that one thread does it.
public final class MeanLossKernel {
    private MeanLossKernel() {}

    /// `loss = sum(losses) / max(count, 1)`, summed in double precision.
    ///
    /// @param losses `[N]`
    /// @param targets `[N]` I32
    /// @param loss `[1]`
    /// @param count `[1]`
    public static void forward(
            MemorySegment losses,
            MemorySegment targets,
            MemorySegment loss,
            MemorySegment count,
            int n) {
        double sum = 0;
        int counted = 0;
        for (int i = 0; i < n; i++) {
            if (targets.getAtIndex(ValueLayout.JAVA_INT, i) >= 0) {
                sum += losses.getAtIndex(ValueLayout.JAVA_FLOAT, i);
                counted++;
            }
        }
        loss.set(ValueLayout.JAVA_FLOAT, 0, (float) (sum / Math.max(counted, 1)));
        count.set(ValueLayout.JAVA_FLOAT, 0, counted);
    }

    /// `dLosses = dLoss / max(count, 1)`, 0 where the target is ignored.
    ///
    /// @param targets `[N]` I32
    /// @param count `[1]`
    /// @param dLoss `[1]`
    /// @param dLosses `[N]`, assigned
    public static void backward(
            MemorySegment targets,
            MemorySegment count,
            MemorySegment dLoss,
            MemorySegment dLosses,
            int n) {
        float share =
                dLoss.get(ValueLayout.JAVA_FLOAT, 0)
                        / Math.max(count.get(ValueLayout.JAVA_FLOAT, 0), 1);
        for (int i = 0; i < n; i++) {
            boolean counts = targets.getAtIndex(ValueLayout.JAVA_INT, i) >= 0;
            dLosses.setAtIndex(ValueLayout.JAVA_FLOAT, i, counts ? share : 0);
        }
    }
}
