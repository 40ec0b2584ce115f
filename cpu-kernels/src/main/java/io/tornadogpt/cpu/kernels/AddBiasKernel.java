package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.AddBias;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// The sum of a matrix and a row.
final class AddBiasKernel {
    /// Fewest rows whose sum one unit makes, and most such sums.
    private static final int CHUNK_ROWS = 48;

    private static final int MAX_CHUNKS = 64;

    private AddBiasKernel() {}

    static Runnable bind(AddBias op, Binding binding) {
        MemorySegment x = binding.at(op.x());
        MemorySegment bias = binding.at(op.bias());
        MemorySegment out = binding.at(op.out());
        int rows = op.x().rows();
        int columns = op.x().columns();
        return () -> forward(binding.workers(), x, bias, out, rows, columns);
    }

    static Runnable bind(AddBias.Backward op, Binding binding) {
        MemorySegment dOut = binding.at(op.dOut());
        MemorySegment dBias = binding.at(op.dBias());
        int rows = op.dOut().rows();
        int columns = op.dOut().columns();
        return () -> backward(binding.workers(), dOut, dBias, rows, columns);
    }

    /// `out = x + bias`, the bias added to every row.
    ///
    /// @param x `[N, C]`
    /// @param bias `[C]`
    /// @param out `[N, C]`; may be x
    private static void forward(
            Workers workers,
            MemorySegment x,
            MemorySegment bias,
            MemorySegment out,
            int rows,
            int columns) {
        var parts = Partition.ofRows(rows, columns);
        workers.run(
                parts.units(),
                (unit, scratch) -> {
                    for (long row = parts.from(unit); row < parts.to(unit); row++) {
                        addRow(x, bias, out, 4L * row * columns, columns);
                    }
                });
    }

    private static void addRow(
            MemorySegment x, MemorySegment bias, MemorySegment out, long offset, int columns) {
        int whole = Lanes.FLOATS.loopBound(columns);
        for (int j = 0; j < whole; j += Lanes.COUNT) {
            long at = offset + 4L * j;
            Lanes.store(Lanes.load(x, at).add(Lanes.load(bias, 4L * j)), out, at);
        }
        for (int j = whole; j < columns; j++) {
            long at = offset + 4L * j;
            float sum =
                    x.get(ValueLayout.JAVA_FLOAT, at) + bias.get(ValueLayout.JAVA_FLOAT, 4L * j);
            out.set(ValueLayout.JAVA_FLOAT, at, sum);
        }
    }

    /// `dBias += ` the sum of the rows of `dOut`.
    ///
    /// @param dOut `[N, C]`
    /// @param dBias `[C]`, added to
    private static void backward(
            Workers workers, MemorySegment dOut, MemorySegment dBias, int rows, int columns) {
        int chunkRows = Math.max(CHUNK_ROWS, Math.ceilDiv(rows, MAX_CHUNKS));
        int chunks = Math.ceilDiv(rows, chunkRows);
        int width = Packing.roundUp(columns, Lanes.COUNT);
        float[] sums = workers.shared(0, chunks * width);
        workers.run(
                chunks,
                (chunk, scratch) -> {
                    int start = chunk * width;
                    Arrays.fill(sums, start, start + width, 0);
                    int end = Math.min(rows, (chunk + 1) * chunkRows);
                    for (int row = chunk * chunkRows; row < end; row++) {
                        addToSums(dOut, 4L * row * columns, columns, sums, start);
                    }
                });
        ColumnSums.add(sums, 0, width, chunks, columns, dBias);
    }

    private static void addToSums(
            MemorySegment from, long offset, int columns, float[] sums, int start) {
        int whole = Lanes.FLOATS.loopBound(columns);
        for (int j = 0; j < whole; j += Lanes.COUNT) {
            Lanes.load(sums, start + j)
                    .add(Lanes.load(from, offset + 4L * j))
                    .intoArray(sums, start + j);
        }
        for (int j = whole; j < columns; j++) {
            sums[start + j] += from.get(ValueLayout.JAVA_FLOAT, offset + 4L * j);
        }
    }
}
