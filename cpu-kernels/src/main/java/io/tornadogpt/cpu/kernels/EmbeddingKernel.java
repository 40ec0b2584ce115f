package io.tornadogpt.cpu.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Picks rows of a table, and adds rows to a table.
public final class EmbeddingKernel {
    /// Columns of the table that one unit adds to: a cache line or several.
    private static final int COLUMNS = 32;

    private EmbeddingKernel() {}

    /// `out[i] = table[ids[i]]`.
    ///
    /// @param ids `[N]` I32
    /// @param table `[R, C]`
    /// @param halves whether the table's elements are BF16 rather than F32
    /// @param out `[N, C]`
    /// @throws IllegalArgumentException if an id is not in the table
    public static void forward(
            Workers workers,
            MemorySegment ids,
            MemorySegment table,
            boolean halves,
            MemorySegment out,
            int count,
            int rows,
            int columns) {
        var parts = Partition.ofRows(count, columns);
        long bytes = 4L * columns;
        workers.run(
                parts.units(),
                (unit, scratch) -> {
                    for (long i = parts.from(unit); i < parts.to(unit); i++) {
                        long row = id(ids, i, rows);
                        if (halves) {
                            Halves.copy(table, row * bytes / 2, out, i * bytes, columns);
                        } else {
                            MemorySegment.copy(table, row * bytes, out, i * bytes, bytes);
                        }
                    }
                });
    }

    private static int id(MemorySegment ids, long index, int rows) {
        int id = ids.getAtIndex(ValueLayout.JAVA_INT, index);
        if (id < 0 || id >= rows) {
            throw new IllegalArgumentException(
                    "Embedding: id %d at index %d; the table has rows 0 to %d"
                            .formatted(id, index, rows - 1));
        }
        return id;
    }

    /// `dTable[ids[i]] += dOut[i]`, in ascending i: units are columns, so that no two add to one
    /// element.
    ///
    /// @param ids `[N]` I32
    /// @param dOut `[N, C]`
    /// @param dTable `[R, C]`, added to
    /// @throws IllegalArgumentException if an id is not in the table
    public static void backward(
            Workers workers,
            MemorySegment ids,
            MemorySegment dOut,
            MemorySegment dTable,
            int count,
            int rows,
            int columns) {
        for (int i = 0; i < count; i++) {
            id(ids, i, rows); // before anything is added
        }
        workers.run(
                Math.ceilDiv(columns, COLUMNS),
                (unit, scratch) -> {
                    int column = unit * COLUMNS;
                    int width = Math.min(COLUMNS, columns - column);
                    for (int i = 0; i < count; i++) {
                        long from = 4L * ((long) i * columns + column);
                        long to = 4L * ((long) id(ids, i, rows) * columns + column);
                        add(dOut, from, dTable, to, width);
                    }
                });
    }

    private static void add(MemorySegment from, long source, MemorySegment to, long at, int count) {
        int whole = Lanes.FLOATS.loopBound(count);
        for (int j = 0; j < whole; j += Lanes.COUNT) {
            long target = at + 4L * j;
            Lanes.store(Lanes.load(to, target).add(Lanes.load(from, source + 4L * j)), to, target);
        }
        for (int j = whole; j < count; j++) {
            long target = at + 4L * j;
            float sum =
                    to.get(ValueLayout.JAVA_FLOAT, target)
                            + from.get(ValueLayout.JAVA_FLOAT, source + 4L * j);
            to.set(ValueLayout.JAVA_FLOAT, target, sum);
        }
    }
}
