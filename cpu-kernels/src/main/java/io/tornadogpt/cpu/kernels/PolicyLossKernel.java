package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.PolicyLoss;
import io.tornadogpt.core.op.PolicyLoss.Settings;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The clipped loss of each token of answers with an advantage. There is one number a token, so
/// plain loops in double precision do.
///
/// @param losses `[B, T]`
/// @param old `[B, T]`, when the answer was generated
/// @param reference `[B, T]`, of the reference model; null where beta is 0
/// @param advantages `[B]`
/// @param rows B
/// @param columns T
record PolicyLossKernel(
        MemorySegment losses,
        MemorySegment old,
        @Nullable MemorySegment reference,
        MemorySegment advantages,
        int rows,
        int columns,
        Settings settings) {
    static Runnable bind(PolicyLoss op, Binding binding) {
        var kernel =
                new PolicyLossKernel(
                        binding.at(op.losses()),
                        binding.at(op.old()),
                        binding.atOrNull(op.reference()),
                        binding.at(op.advantages()),
                        op.losses().rows(),
                        op.losses().columns(),
                        op.settings());
        MemorySegment out = binding.at(op.out());
        return () -> kernel.forward(binding.workers(), out);
    }

    static Runnable bind(PolicyLoss.Backward op, Binding binding) {
        var kernel =
                new PolicyLossKernel(
                        binding.at(op.losses()),
                        binding.at(op.old()),
                        binding.atOrNull(op.reference()),
                        binding.at(op.advantages()),
                        op.losses().rows(),
                        op.losses().columns(),
                        op.settings());
        MemorySegment dOut = binding.at(op.dOut());
        MemorySegment dLosses = binding.at(op.dLosses());
        return () -> kernel.backward(binding.workers(), dOut, dLosses);
    }

    private double ratio(long index) {
        return Math.exp(
                (double) old.getAtIndex(ValueLayout.JAVA_FLOAT, index)
                        - losses.getAtIndex(ValueLayout.JAVA_FLOAT, index));
    }

    private double clipped(double ratio) {
        return Math.clamp(ratio, 1 - settings.low(), 1 + settings.high());
    }

    /// How far the loss is from the reference model's.
    private double distance(long index) {
        return reference == null
                ? 0
                : (double) losses.getAtIndex(ValueLayout.JAVA_FLOAT, index)
                        - reference.getAtIndex(ValueLayout.JAVA_FLOAT, index);
    }

    /// @param out `[B, T]`
    private void forward(Workers workers, MemorySegment out) {
        workers.run(
                rows,
                (row, scratch) -> {
                    double advantage = advantages.getAtIndex(ValueLayout.JAVA_FLOAT, row);
                    long end = (row + 1L) * columns;
                    for (long i = (long) row * columns; i < end; i++) {
                        double ratio = ratio(i);
                        double gain = Math.min(ratio * advantage, clipped(ratio) * advantage);
                        double distance = distance(i);
                        double divergence = ratio * (Math.expm1(distance) - distance);
                        double loss = settings.beta() * divergence - gain;
                        out.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) loss);
                    }
                });
    }

    /// @param dOut `[B, T]`
    /// @param dLosses `[B, T]`, assigned
    private void backward(Workers workers, MemorySegment dOut, MemorySegment dLosses) {
        workers.run(
                rows,
                (row, scratch) -> {
                    double advantage = advantages.getAtIndex(ValueLayout.JAVA_FLOAT, row);
                    long end = (row + 1L) * columns;
                    for (long i = (long) row * columns; i < end; i++) {
                        double ratio = ratio(i);
                        double gain = ratio * advantage;
                        boolean kept = gain <= clipped(ratio) * advantage;
                        double slope = (kept ? gain : 0) + settings.beta() * ratio * distance(i);
                        double gradient = dOut.getAtIndex(ValueLayout.JAVA_FLOAT, i) * slope;
                        dLosses.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) gradient);
                    }
                });
    }
}
