package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.Softmax;

import jdk.incubator.vector.FloatVector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Softmax of each row.
final class SoftmaxKernel {
    private SoftmaxKernel() {}

    static Runnable bind(Softmax op, Binding binding) {
        MemorySegment x = binding.at(op.x());
        MemorySegment out = binding.at(op.out());
        int rows = op.x().rows();
        int columns = op.x().columns();
        return () -> forward(binding.workers(), x, out, rows, columns);
    }

    static Runnable bind(Softmax.Backward op, Binding binding) {
        MemorySegment out = binding.at(op.out());
        MemorySegment dOut = binding.at(op.dOut());
        MemorySegment dX = binding.at(op.dX());
        int rows = op.out().rows();
        int columns = op.out().columns();
        return () -> backward(binding.workers(), out, dOut, dX, rows, columns);
    }

    /// @param x `[N, C]`
    /// @param out `[N, C]`
    private static void forward(
            Workers workers, MemorySegment x, MemorySegment out, int rows, int columns) {
        var parts = Partition.ofRows(rows, columns);
        workers.run(
                parts.units(),
                (unit, scratch) -> {
                    float[] row = scratch.floats(0, Packing.roundUp(columns, Lanes.COUNT));
                    for (long i = parts.from(unit); i < parts.to(unit); i++) {
                        long offset = 4L * i * columns;
                        Packing.rows(x, offset, 0, 1, columns, row, 0);
                        float sum = RowMath.expMinusMax(row, columns);
                        Packing.store(row, 0, columns, 1 / sum, out, offset);
                    }
                });
    }

    /// `dX = out * (dOut - sum(dOut * out))`.
    ///
    /// @param out `[N, C]`
    /// @param dOut `[N, C]`
    /// @param dX `[N, C]`, assigned
    private static void backward(
            Workers workers,
            MemorySegment out,
            MemorySegment dOut,
            MemorySegment dX,
            int rows,
            int columns) {
        var parts = Partition.ofRows(rows, columns);
        workers.run(
                parts.units(),
                (unit, scratch) -> {
                    float[] gradient = scratch.floats(0, columns);
                    for (long i = parts.from(unit); i < parts.to(unit); i++) {
                        long offset = 4L * i * columns;
                        Packing.rows(dOut, offset, 0, 1, columns, gradient, 0);
                        float sum = RowMath.dot(gradient, columns, out, offset);
                        backwardRow(gradient, out, sum, dX, offset, columns);
                    }
                });
    }

    private static void backwardRow(
            float[] gradient,
            MemorySegment out,
            float sum,
            MemorySegment dX,
            long offset,
            int columns) {
        int whole = Lanes.FLOATS.loopBound(columns);
        for (int j = 0; j < whole; j += Lanes.COUNT) {
            FloatVector g = Lanes.load(gradient, j).sub(sum);
            Lanes.store(g.mul(Lanes.load(out, offset + 4L * j)), dX, offset + 4L * j);
        }
        for (int j = whole; j < columns; j++) {
            float p = out.get(ValueLayout.JAVA_FLOAT, offset + 4L * j);
            dX.set(ValueLayout.JAVA_FLOAT, offset + 4L * j, (gradient[j] - sum) * p);
        }
    }
}
