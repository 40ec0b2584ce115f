package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.Activation;
import io.tornadogpt.core.op.Activation.Function;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Functions of each element and their derivatives; the formulas are [VectorMath]'s.
final class ActivationKernel {
    private ActivationKernel() {}

    static Runnable bind(Activation op, Binding binding) {
        MemorySegment x = binding.at(op.x());
        MemorySegment out = binding.at(op.out());
        return () -> forward(binding.workers(), x, out, op.function());
    }

    static Runnable bind(Activation.Backward op, Binding binding) {
        MemorySegment x = binding.at(op.x());
        MemorySegment dOut = binding.at(op.dOut());
        MemorySegment dX = binding.at(op.dX());
        return () -> backward(binding.workers(), x, dOut, dX, op.function());
    }

    /// `out = f(x)`; may be in place.
    private static void forward(
            Workers workers, MemorySegment x, MemorySegment out, Function function) {
        var parts = Partition.ofBytes(out.byteSize());
        workers.run(
                parts.units(),
                (unit, scratch) -> {
                    long from = parts.from(unit);
                    int count = (int) ((parts.to(unit) - from) >> 2);
                    float[] values = load(x, from, count, scratch, 0);
                    apply(function, values, 0, count);
                    store(values, count, out, from);
                });
    }

    /// `dX = dOut * f'(x)`; `dX` may be either of them.
    private static void backward(
            Workers workers,
            MemorySegment x,
            MemorySegment dOut,
            MemorySegment dX,
            Function function) {
        var parts = Partition.ofBytes(dX.byteSize());
        workers.run(
                parts.units(),
                (unit, scratch) -> {
                    long from = parts.from(unit);
                    int count = (int) ((parts.to(unit) - from) >> 2);
                    float[] values = load(x, from, count, scratch, 0);
                    float[] gradients = load(dOut, from, count, scratch, 1);
                    multiplyByGradient(function, values, gradients, count);
                    store(gradients, count, dX, from);
                });
    }

    static float[] load(MemorySegment from, long offset, int count, Scratch scratch, int number) {
        float[] values = scratch.floats(number, Packing.roundUp(count, Lanes.COUNT));
        MemorySegment.copy(from, ValueLayout.JAVA_FLOAT, offset, values, 0, count);
        return values;
    }

    static void store(float[] values, int count, MemorySegment to, long offset) {
        MemorySegment.copy(values, 0, to, ValueLayout.JAVA_FLOAT, offset, count);
    }

    /// `x = f(x)`.
    ///
    /// @param x whole vectors are read and written
    static void apply(Function function, float[] x, int start, int count) {
        switch (function) {
            case GELU_TANH -> geluTanh(x, start, count);
            case GELU -> gelu(x, start, count);
            case SILU -> silu(x, start, count);
            case RELU -> relu(x, start, count);
            case TANH -> tanh(x, start, count);
        }
    }

    /// `gradient *= f'(x)`.
    ///
    /// @param x whole vectors are read
    /// @param gradient whole vectors are read and written
    static void multiplyByGradient(Function function, float[] x, float[] gradient, int count) {
        switch (function) {
            case GELU_TANH -> geluTanhGradient(x, gradient, count);
            case GELU -> geluGradient(x, gradient, count);
            case SILU -> siluGradient(x, gradient, count);
            case RELU -> reluGradient(x, gradient, count);
            case TANH -> tanhGradient(x, gradient, count);
        }
    }

    private static void geluTanh(float[] x, int start, int count) {
        for (int i = start; i < start + count; i += Lanes.COUNT) {
            VectorMath.geluTanh(Lanes.load(x, i)).intoArray(x, i);
        }
    }

    private static void gelu(float[] x, int start, int count) {
        for (int i = start; i < start + count; i += Lanes.COUNT) {
            VectorMath.geluExact(Lanes.load(x, i)).intoArray(x, i);
        }
    }

    private static void silu(float[] x, int start, int count) {
        for (int i = start; i < start + count; i += Lanes.COUNT) {
            VectorMath.silu(Lanes.load(x, i)).intoArray(x, i);
        }
    }

    private static void relu(float[] x, int start, int count) {
        for (int i = start; i < start + count; i += Lanes.COUNT) {
            VectorMath.relu(Lanes.load(x, i)).intoArray(x, i);
        }
    }

    private static void tanh(float[] x, int start, int count) {
        for (int i = start; i < start + count; i += Lanes.COUNT) {
            VectorMath.tanh(Lanes.load(x, i)).intoArray(x, i);
        }
    }

    private static void geluTanhGradient(float[] x, float[] gradient, int count) {
        for (int i = 0; i < count; i += Lanes.COUNT) {
            VectorMath.geluTanhGradient(Lanes.load(x, i))
                    .mul(Lanes.load(gradient, i))
                    .intoArray(gradient, i);
        }
    }

    private static void geluGradient(float[] x, float[] gradient, int count) {
        for (int i = 0; i < count; i += Lanes.COUNT) {
            VectorMath.geluExactGradient(Lanes.load(x, i))
                    .mul(Lanes.load(gradient, i))
                    .intoArray(gradient, i);
        }
    }

    private static void siluGradient(float[] x, float[] gradient, int count) {
        for (int i = 0; i < count; i += Lanes.COUNT) {
            VectorMath.siluGradient(Lanes.load(x, i))
                    .mul(Lanes.load(gradient, i))
                    .intoArray(gradient, i);
        }
    }

    private static void reluGradient(float[] x, float[] gradient, int count) {
        for (int i = 0; i < count; i += Lanes.COUNT) {
            VectorMath.reluGradient(Lanes.load(x, i))
                    .mul(Lanes.load(gradient, i))
                    .intoArray(gradient, i);
        }
    }

    private static void tanhGradient(float[] x, float[] gradient, int count) {
        for (int i = 0; i < count; i += Lanes.COUNT) {
            VectorMath.tanhGradient(Lanes.load(x, i))
                    .mul(Lanes.load(gradient, i))
                    .intoArray(gradient, i);
        }
    }
}
