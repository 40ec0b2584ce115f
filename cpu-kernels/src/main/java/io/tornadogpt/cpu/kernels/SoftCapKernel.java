package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.SoftCap;

import jdk.incubator.vector.FloatVector;

import java.lang.foreign.MemorySegment;

/// Keeps numbers between `-cap` and `cap`: `cap * tanh(x / cap)`.
final class SoftCapKernel {
    private SoftCapKernel() {}

    static Runnable bind(SoftCap op, Binding binding) {
        MemorySegment x = binding.at(op.x());
        MemorySegment out = binding.at(op.out());
        float cap = (float) op.cap();
        return () -> forward(binding.workers(), x, out, cap);
    }

    static Runnable bind(SoftCap.Backward op, Binding binding) {
        MemorySegment out = binding.at(op.out());
        MemorySegment dOut = binding.at(op.dOut());
        MemorySegment dX = binding.at(op.dX());
        float cap = (float) op.cap();
        return () -> backward(binding.workers(), out, dOut, dX, cap);
    }

    /// `out` may be `x`.
    private static void forward(Workers workers, MemorySegment x, MemorySegment out, float cap) {
        var parts = Partition.ofBytes(out.byteSize());
        workers.run(
                parts.units(),
                (unit, scratch) -> {
                    long from = parts.from(unit);
                    int count = (int) ((parts.to(unit) - from) >> 2);
                    float[] values = ActivationKernel.load(x, from, count, scratch, 0);
                    cap(values, 0, count, cap);
                    ActivationKernel.store(values, count, out, from);
                });
    }

    /// `dX = dOut * (1 - (out / cap)^2)`; `dX` may be either of them.
    private static void backward(
            Workers workers, MemorySegment out, MemorySegment dOut, MemorySegment dX, float cap) {
        var parts = Partition.ofBytes(dX.byteSize());
        workers.run(
                parts.units(),
                (unit, scratch) -> {
                    long from = parts.from(unit);
                    int count = (int) ((parts.to(unit) - from) >> 2);
                    float[] values = ActivationKernel.load(out, from, count, scratch, 0);
                    float[] gradients = ActivationKernel.load(dOut, from, count, scratch, 1);
                    multiplyByGradient(values, gradients, count, 1 / cap);
                    ActivationKernel.store(gradients, count, dX, from);
                });
    }

    /// `x = cap * tanh(x / cap)`; whole vectors are read and written.
    static void cap(float[] x, int start, int count, float cap) {
        float inverse = 1 / cap;
        for (int i = start; i < start + count; i += Lanes.COUNT) {
            VectorMath.tanh(Lanes.load(x, i).mul(inverse)).mul(cap).intoArray(x, i);
        }
    }

    private static void multiplyByGradient(
            float[] out, float[] gradient, int count, float inverse) {
        for (int i = 0; i < count; i += Lanes.COUNT) {
            FloatVector t = Lanes.load(out, i).mul(inverse);
            FloatVector slope = Lanes.broadcast(1).sub(t.mul(t));
            Lanes.load(gradient, i).mul(slope).intoArray(gradient, i);
        }
    }
}
