package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.Activation.Function;
import io.tornadogpt.core.op.MatMul;

import jdk.incubator.vector.FloatVector;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What happens to a row of a product before it is stored, while it is in the nearest cache: the
/// old value is added, then the bias; the sum is kept; the activation is applied; the addend is
/// added.
///
/// Each stage is a loop of its own over the row. Only stages that are asked for run.
///
/// @param accumulate whether the product is added to what is stored
/// @param bias `[N]`
/// @param activation which function
/// @param preActivation `[M, N]`, written
/// @param addend `[M, N]`
record Epilogue(
        boolean accumulate,
        @Nullable MemorySegment bias,
        @Nullable Function activation,
        @Nullable MemorySegment preActivation,
        @Nullable MemorySegment addend) {
    static final Epilogue NONE = new Epilogue(false, null, null, null, null);
    static final Epilogue ACCUMULATE = new Epilogue(true, null, null, null, null);

    static Epilogue of(MatMul op, Binding binding) {
        MatMul.Epilogue e = op.epilogue();
        return new Epilogue(
                op.accumulate(),
                binding.atOrNull(e.bias()),
                e.activation(),
                binding.atOrNull(e.preActivation()),
                binding.atOrNull(e.addend()));
    }

    /// What happens to the sums of one of several passes over K: those before the last are only
    /// stored, those after the first added to what is stored.
    Epilogue ofPass(boolean first, boolean last) {
        boolean adds = accumulate || !first;
        return last
                ? new Epilogue(adds, bias, activation, preActivation, addend)
                : new Epilogue(adds, null, null, null, null);
    }

    /// Finishes part of a row and stores it.
    ///
    /// @param sums the product; worked in; has room for whole vectors
    /// @param start index of the first
    /// @param count how many
    /// @param out where it goes
    /// @param offset byte offset of the first in `[M, N]`
    /// @param column column of the first
    void store(float[] sums, int start, int count, MemorySegment out, long offset, int column) {
        if (accumulate) {
            add(sums, start, count, out, offset);
        }
        if (bias != null) {
            add(sums, start, count, bias, 4L * column);
        }
        if (preActivation != null) {
            copy(sums, start, count, preActivation, offset);
        }
        if (activation != null) {
            ActivationKernel.apply(activation, sums, start, count);
        }
        if (addend != null) {
            add(sums, start, count, addend, offset);
        }
        copy(sums, start, count, out, offset);
    }

    private static void add(float[] sums, int start, int count, MemorySegment from, long offset) {
        int whole = Lanes.FLOATS.loopBound(count);
        for (int i = 0; i < whole; i += Lanes.COUNT) {
            FloatVector value = Lanes.load(from, offset + 4L * i);
            value.add(Lanes.load(sums, start + i)).intoArray(sums, start + i);
        }
        for (int i = whole; i < count; i++) {
            sums[start + i] += from.get(ValueLayout.JAVA_FLOAT, offset + 4L * i);
        }
    }

    private static void copy(float[] sums, int start, int count, MemorySegment to, long offset) {
        int whole = Lanes.FLOATS.loopBound(count);
        for (int i = 0; i < whole; i += Lanes.COUNT) {
            Lanes.store(Lanes.load(sums, start + i), to, offset + 4L * i);
        }
        for (int i = whole; i < count; i++) {
            to.set(ValueLayout.JAVA_FLOAT, offset + 4L * i, sums[start + i]);
        }
    }
}
