package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.Gelu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The Gaussian error linear unit and its derivative; the formulas are [VectorMath]'s.
public final class GeluKernel {
    private GeluKernel() {}

    /// `out = gelu(x)`; may be in place.
    public static void forward(
            Workers workers, MemorySegment x, MemorySegment out, Gelu.Form form) {
        var parts = Partition.ofBytes(out.byteSize());
        workers.run(
                parts.units(),
                (unit, scratch) -> {
                    long from = parts.from(unit);
                    int count = (int) ((parts.to(unit) - from) >> 2);
                    float[] values = load(x, from, count, scratch, 0);
                    switch (form) {
                        case TANH -> tanh(values, 0, count);
                        case EXACT -> exact(values, 0, count);
                    }
                    store(values, count, out, from);
                });
    }

    /// `dX = dOut * gelu'(x)`; `dX` may be either of them.
    public static void backward(
            Workers workers,
            MemorySegment x,
            MemorySegment dOut,
            MemorySegment dX,
            Gelu.Form form) {
        var parts = Partition.ofBytes(dX.byteSize());
        workers.run(
                parts.units(),
                (unit, scratch) -> {
                    long from = parts.from(unit);
                    int count = (int) ((parts.to(unit) - from) >> 2);
                    float[] values = load(x, from, count, scratch, 0);
                    float[] gradients = load(dOut, from, count, scratch, 1);
                    switch (form) {
                        case TANH -> tanhGradient(values, gradients, count);
                        case EXACT -> exactGradient(values, gradients, count);
                    }
                    store(gradients, count, dX, from);
                });
    }

    private static float[] load(
            MemorySegment from, long offset, int count, Scratch scratch, int number) {
        float[] values = scratch.floats(number, Packing.roundUp(count, Lanes.COUNT));
        MemorySegment.copy(from, ValueLayout.JAVA_FLOAT, offset, values, 0, count);
        return values;
    }

    private static void store(float[] values, int count, MemorySegment to, long offset) {
        MemorySegment.copy(values, 0, to, ValueLayout.JAVA_FLOAT, offset, count);
    }

    static void tanh(float[] x, int start, int count) {
        for (int i = start; i < start + count; i += Lanes.COUNT) {
            VectorMath.geluTanh(Lanes.load(x, i)).intoArray(x, i);
        }
    }

    static void exact(float[] x, int start, int count) {
        for (int i = start; i < start + count; i += Lanes.COUNT) {
            VectorMath.geluExact(Lanes.load(x, i)).intoArray(x, i);
        }
    }

    private static void tanhGradient(float[] x, float[] gradient, int count) {
        for (int i = 0; i < count; i += Lanes.COUNT) {
            VectorMath.geluTanhGradient(Lanes.load(x, i))
                    .mul(Lanes.load(gradient, i))
                    .intoArray(gradient, i);
        }
    }

    private static void exactGradient(float[] x, float[] gradient, int count) {
        for (int i = 0; i < count; i += Lanes.COUNT) {
            VectorMath.geluExactGradient(Lanes.load(x, i))
                    .mul(Lanes.load(gradient, i))
                    .intoArray(gradient, i);
        }
    }
}
