package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.Activation.Function;
import io.tornadogpt.core.op.GatedActivation;

import java.lang.foreign.MemorySegment;

/// A gated linear unit, `out = f(gate) * up`; the functions are [ActivationKernel]'s.
final class GatedActivationKernel {
    private GatedActivationKernel() {}

    static Runnable bind(GatedActivation op, Binding binding) {
        MemorySegment gate = binding.at(op.gate());
        MemorySegment up = binding.at(op.up());
        MemorySegment out = binding.at(op.out());
        return () -> forward(binding.workers(), gate, up, out, op.function());
    }

    static Runnable bind(GatedActivation.Backward op, Binding binding) {
        MemorySegment gate = binding.at(op.gate());
        MemorySegment up = binding.at(op.up());
        MemorySegment dOut = binding.at(op.dOut());
        MemorySegment dGate = binding.at(op.dGate());
        MemorySegment dUp = binding.at(op.dUp());
        return () -> backward(binding.workers(), gate, up, dOut, dGate, dUp, op.function());
    }

    /// `out` may be `gate` or `up`.
    private static void forward(
            Workers workers,
            MemorySegment gate,
            MemorySegment up,
            MemorySegment out,
            Function function) {
        var parts = Partition.ofBytes(out.byteSize());
        workers.run(
                parts.units(),
                (unit, scratch) -> {
                    long from = parts.from(unit);
                    int count = (int) ((parts.to(unit) - from) >> 2);
                    float[] values = ActivationKernel.load(gate, from, count, scratch, 0);
                    float[] factors = ActivationKernel.load(up, from, count, scratch, 1);
                    ActivationKernel.apply(function, values, 0, count);
                    multiply(values, factors, count);
                    ActivationKernel.store(values, count, out, from);
                });
    }

    /// `dGate = dOut * up * f'(gate)`, `dUp = dOut * f(gate)`; neither is an input.
    private static void backward(
            Workers workers,
            MemorySegment gate,
            MemorySegment up,
            MemorySegment dOut,
            MemorySegment dGate,
            MemorySegment dUp,
            Function function) {
        var parts = Partition.ofBytes(dOut.byteSize());
        workers.run(
                parts.units(),
                (unit, scratch) -> {
                    long from = parts.from(unit);
                    int count = (int) ((parts.to(unit) - from) >> 2);
                    float[] values = ActivationKernel.load(gate, from, count, scratch, 0);
                    float[] gradients = ActivationKernel.load(dOut, from, count, scratch, 1);
                    float[] factors = ActivationKernel.load(up, from, count, scratch, 2);
                    multiply(factors, gradients, count);
                    ActivationKernel.multiplyByGradient(function, values, factors, count);
                    ActivationKernel.store(factors, count, dGate, from);
                    ActivationKernel.apply(function, values, 0, count);
                    multiply(values, gradients, count);
                    ActivationKernel.store(values, count, dUp, from);
                });
    }

    /// `a *= b`; whole vectors are read and written.
    private static void multiply(float[] a, float[] b, int count) {
        for (int i = 0; i < count; i += Lanes.COUNT) {
            Lanes.load(a, i).mul(Lanes.load(b, i)).intoArray(a, i);
        }
    }
}
