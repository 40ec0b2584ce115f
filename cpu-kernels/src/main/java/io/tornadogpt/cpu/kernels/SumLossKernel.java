package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.SumLoss;
import io.tornadogpt.core.tensor.Tensor;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The sum of the losses that count. So little work that one thread does it.
final class SumLossKernel {
    private SumLossKernel() {}

    static Runnable bind(SumLoss op, Binding binding) {
        MemorySegment losses = binding.at(op.losses());
        var weights = Weights.bind(op.targets(), op.weights(), binding);
        MemorySegment loss = binding.at(op.loss());
        MemorySegment count = binding.at(op.count());
        int n = (int) op.losses().elements();
        return () -> forward(losses, weights, loss, count, n);
    }

    static Runnable bind(SumLoss.Backward op, Binding binding) {
        var weights = Weights.bind(op.targets(), op.weights(), binding);
        MemorySegment dLoss = binding.at(op.dLoss());
        MemorySegment dLosses = binding.at(op.dLosses());
        int n = (int) op.dLosses().elements();
        return () -> backward(weights, dLoss, dLosses, n);
    }

    /// How much the loss of a row counts.
    ///
    /// @param targets `[N]` I32, negative ones do not count; null where all do
    /// @param factors `[N]`; null for 1
    private record Weights(@Nullable MemorySegment targets, @Nullable MemorySegment factors) {
        static Weights bind(@Nullable Tensor targets, @Nullable Tensor factors, Binding binding) {
            return new Weights(binding.atOrNull(targets), binding.atOrNull(factors));
        }

        float of(int row) {
            if (targets != null && targets.getAtIndex(ValueLayout.JAVA_INT, row) < 0) {
                return 0;
            }
            return factors == null ? 1 : factors.getAtIndex(ValueLayout.JAVA_FLOAT, row);
        }
    }

    /// `loss = sum(weights * losses)`, `count = sum(weights)`, summed in double precision.
    ///
    /// @param losses `[N]`; one that does not count may be anything
    /// @param loss `[1]`
    /// @param count `[1]`
    private static void forward(
            MemorySegment losses, Weights weights, MemorySegment loss, MemorySegment count, int n) {
        double sum = 0;
        double counted = 0;
        for (int i = 0; i < n; i++) {
            double weight = weights.of(i);
            if (weight != 0) {
                sum += weight * losses.getAtIndex(ValueLayout.JAVA_FLOAT, i);
                counted += weight;
            }
        }
        loss.set(ValueLayout.JAVA_FLOAT, 0, (float) sum);
        count.set(ValueLayout.JAVA_FLOAT, 0, (float) counted);
    }

    /// `dLosses = weights * dLoss`.
    ///
    /// @param dLoss `[1]`
    /// @param dLosses `[N]`, assigned
    private static void backward(
            Weights weights, MemorySegment dLoss, MemorySegment dLosses, int n) {
        float gradient = dLoss.get(ValueLayout.JAVA_FLOAT, 0);
        for (int i = 0; i < n; i++) {
            dLosses.setAtIndex(ValueLayout.JAVA_FLOAT, i, weights.of(i) * gradient);
        }
    }
}
