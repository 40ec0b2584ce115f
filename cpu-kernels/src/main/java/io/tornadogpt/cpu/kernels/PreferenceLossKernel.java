package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.PreferenceLoss;
import io.tornadogpt.core.op.PreferenceLoss.Settings;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The loss of pairs of a chosen and a rejected answer. There are a few pairs, so one thread does
/// it in double precision.
///
/// @param losses `[2P]`: of the chosen answers, then of the rejected ones
/// @param reference `[2P]`, of the reference model
record PreferenceLossKernel(
        MemorySegment losses, MemorySegment reference, int pairs, Settings settings) {
    static Runnable bind(PreferenceLoss op, Binding binding) {
        var kernel =
                new PreferenceLossKernel(
                        binding.at(op.losses()),
                        binding.at(op.reference()),
                        Math.toIntExact(op.out().elements()),
                        op.settings());
        MemorySegment out = binding.at(op.out());
        return () -> kernel.forward(out);
    }

    static Runnable bind(PreferenceLoss.Backward op, Binding binding) {
        var kernel =
                new PreferenceLossKernel(
                        binding.at(op.losses()),
                        binding.at(op.reference()),
                        Math.toIntExact(op.dOut().elements()),
                        op.settings());
        MemorySegment dOut = binding.at(op.dOut());
        MemorySegment dLosses = binding.at(op.dLosses());
        return () -> kernel.backward(dOut, dLosses);
    }

    private double delta(int pair) {
        return difference(pairs + pair) - difference(pair);
    }

    private double difference(int answer) {
        return (double) losses.getAtIndex(ValueLayout.JAVA_FLOAT, answer)
                - reference.getAtIndex(ValueLayout.JAVA_FLOAT, answer);
    }

    /// @param out `[P]`
    private void forward(MemorySegment out) {
        for (int pair = 0; pair < pairs; pair++) {
            out.setAtIndex(ValueLayout.JAVA_FLOAT, pair, (float) loss(delta(pair)));
        }
    }

    private double loss(double delta) {
        double beta = settings.beta();
        double smoothing = settings.labelSmoothing();
        return switch (settings.form()) {
            case SIGMOID ->
                    (1 - smoothing) * softplus(-beta * delta) + smoothing * softplus(beta * delta);
            case IPO -> Math.pow(delta - 1 / (2 * beta), 2);
        };
    }

    private double derivative(double delta) {
        double beta = settings.beta();
        return switch (settings.form()) {
            case SIGMOID -> beta * (settings.labelSmoothing() - 1 / (1 + Math.exp(beta * delta)));
            case IPO -> 2 * (delta - 1 / (2 * beta));
        };
    }

    /// `log(1 + e^x)`.
    private static double softplus(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
    }

    /// @param dOut `[P]`
    /// @param dLosses `[2P]`, assigned
    private void backward(MemorySegment dOut, MemorySegment dLosses) {
        for (int pair = 0; pair < pairs; pair++) {
            double gradient =
                    dOut.getAtIndex(ValueLayout.JAVA_FLOAT, pair) * derivative(delta(pair));
            dLosses.setAtIndex(ValueLayout.JAVA_FLOAT, pair, (float) -gradient);
            dLosses.setAtIndex(ValueLayout.JAVA_FLOAT, pairs + pair, (float) gradient);
        }
    }
}
