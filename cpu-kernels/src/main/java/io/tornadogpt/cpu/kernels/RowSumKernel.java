package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.RowSum;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The weighted sum of each row. There is one number a token, so plain loops in double precision
/// do.
///
/// @param rows R
/// @param columns elements a row
/// @param weights `[R, columns]`; null for 1
record RowSumKernel(int rows, int columns, @Nullable MemorySegment weights) {
    static Runnable bind(RowSum op, Binding binding) {
        int rows = Math.toIntExact(op.out().elements());
        var kernel =
                new RowSumKernel(rows, of(op.x().elements(), rows), binding.atOrNull(op.weights()));
        MemorySegment x = binding.at(op.x());
        MemorySegment out = binding.at(op.out());
        return () -> kernel.forward(binding.workers(), x, out);
    }

    static Runnable bind(RowSum.Backward op, Binding binding) {
        int rows = Math.toIntExact(op.dOut().elements());
        var kernel =
                new RowSumKernel(
                        rows, of(op.dX().elements(), rows), binding.atOrNull(op.weights()));
        MemorySegment dOut = binding.at(op.dOut());
        MemorySegment dX = binding.at(op.dX());
        return () -> kernel.backward(binding.workers(), dOut, dX);
    }

    private static int of(long elements, int rows) {
        return Math.toIntExact(elements / rows);
    }

    private float weight(long index) {
        return weights == null ? 1 : weights.getAtIndex(ValueLayout.JAVA_FLOAT, index);
    }

    private void forward(Workers workers, MemorySegment x, MemorySegment out) {
        workers.run(
                rows,
                (row, scratch) -> {
                    double sum = 0;
                    long end = (row + 1L) * columns;
                    for (long i = (long) row * columns; i < end; i++) {
                        sum += (double) weight(i) * x.getAtIndex(ValueLayout.JAVA_FLOAT, i);
                    }
                    out.setAtIndex(ValueLayout.JAVA_FLOAT, row, (float) sum);
                });
    }

    private void backward(Workers workers, MemorySegment dOut, MemorySegment dX) {
        workers.run(
                rows,
                (row, scratch) -> {
                    float gradient = dOut.getAtIndex(ValueLayout.JAVA_FLOAT, row);
                    long end = (row + 1L) * columns;
                    for (long i = (long) row * columns; i < end; i++) {
                        dX.setAtIndex(ValueLayout.JAVA_FLOAT, i, weight(i) * gradient);
                    }
                });
    }
}
