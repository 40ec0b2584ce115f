package io.tornadogpt.cpu.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/// Sums of two tensors, and of a matrix and a row.
public final class AddKernel {
    /// Fewest rows whose sum one unit makes, and most such sums.
    private static final int CHUNK_ROWS = 48;

    private static final int MAX_CHUNKS = 64;

    private AddKernel() {}

    /// `out = a + b`, all of one size.
    public static void add(Workers workers, MemorySegment a, MemorySegment b, MemorySegment out) {
        var parts = Partition.ofBytes(out.byteSize());
        workers.run(
                parts.units(), (unit, scratch) -> add(a, b, out, parts.from(unit), parts.to(unit)));
    }

    private static void add(
            MemorySegment a, MemorySegment b, MemorySegment out, long from, long to) {
        long offset = from;
        for (; offset <= to - Lanes.BYTES; offset += Lanes.BYTES) {
            Lanes.store(Lanes.load(a, offset).add(Lanes.load(b, offset)), out, offset);
        }
        for (; offset < to; offset += 4) {
            float sum =
                    a.get(ValueLayout.JAVA_FLOAT, offset) + b.get(ValueLayout.JAVA_FLOAT, offset);
            out.set(ValueLayout.JAVA_FLOAT, offset, sum);
        }
    }

    /// `out = x + bias`, the bias added to every row.
    ///
    /// @param x `[N, C]`
    /// @param bias `[C]`
    /// @param out `[N, C]`; may be x
    public static void addBias(
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
    public static void addBiasBackward(
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
