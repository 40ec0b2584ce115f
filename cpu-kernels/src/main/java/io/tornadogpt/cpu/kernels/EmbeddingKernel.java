package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.Embedding;
import io.tornadogpt.core.tensor.DType;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Picks rows of a table, and adds rows to a table.
final class EmbeddingKernel {
    /// Columns of the table that one unit adds to: a cache line or several.
    private static final int COLUMNS = 32;

    /// What the row of an id is that names none.
    private static final int NONE = -1;

    private EmbeddingKernel() {}

    static Runnable bind(Embedding op, Binding binding) {
        var ids = new Ids(binding.at(op.ids()), op.offset(), op.optional(), op.table().rows());
        MemorySegment table = binding.at(op.table());
        MemorySegment out = binding.at(op.out());
        int columns = op.table().columns();
        DType type = op.table().dtype();
        return () -> forward(binding.workers(), ids, table, type, out, columns);
    }

    static Runnable bind(Embedding.Backward op, Binding binding) {
        var ids = new Ids(binding.at(op.ids()), op.offset(), op.optional(), op.dTable().rows());
        MemorySegment dOut = binding.at(op.dOut());
        MemorySegment dTable = binding.at(op.dTable());
        int columns = op.dTable().columns();
        return () -> backward(binding.workers(), ids, dOut, dTable, columns, op.accumulate());
    }

    /// Which rows of the table are meant.
    ///
    /// @param ids `[N]` I32
    /// @param offset added to each
    /// @param optional whether -1 is no row rather than an error
    /// @param rows of the table
    private record Ids(MemorySegment ids, int offset, boolean optional, int rows) {
        int count() {
            return Math.toIntExact(ids.byteSize() / Integer.BYTES);
        }

        /// The row of the table, or [#NONE].
        int row(long index) {
            int id = ids.getAtIndex(ValueLayout.JAVA_INT, index);
            if (optional && id == NONE) {
                return NONE;
            }
            if (id < 0 || id >= rows - offset) {
                throw new IllegalArgumentException(
                        "Embedding: id %d at index %d%s; the table has rows 0 to %d"
                                .formatted(
                                        id,
                                        index,
                                        offset == 0
                                                ? ""
                                                : ", to which %d is added".formatted(offset),
                                        rows - 1));
            }
            return offset + id;
        }
    }

    /// `out[i] = table[row of id i]`, zeros where there is none.
    ///
    /// @param table `[R, C]`
    /// @param type of the table's elements
    /// @param out `[N, C]`
    private static void forward(
            Workers workers,
            Ids ids,
            MemorySegment table,
            DType type,
            MemorySegment out,
            int columns) {
        var parts = Partition.ofRows(ids.count(), columns);
        long bytes = 4L * columns;
        workers.run(
                parts.units(),
                (unit, scratch) -> {
                    for (long i = parts.from(unit); i < parts.to(unit); i++) {
                        long row = ids.row(i);
                        if (row == NONE) {
                            out.asSlice(i * bytes, bytes).fill((byte) 0);
                        } else {
                            copy(type, table, type.bytes(row * columns), out, i * bytes, columns);
                        }
                    }
                });
    }

    private static void copy(
            DType type, MemorySegment from, long offset, MemorySegment to, long at, int columns) {
        switch (type) {
            case BF16 -> Halves.copy(from, offset, to, at, columns);
            case Q8_0, Q4_0 -> Blocks.copy(type, from, offset, columns, to, at);
            default -> MemorySegment.copy(from, offset, to, at, type.bytes(columns));
        }
    }

    /// `dTable[row of id i] += dOut[i]`, in ascending i: units are columns, so that no two add to
    /// one element.
    ///
    /// @param dOut `[N, C]`
    /// @param dTable `[R, C]`, added to, or assigned
    private static void backward(
            Workers workers,
            Ids ids,
            MemorySegment dOut,
            MemorySegment dTable,
            int columns,
            boolean accumulate) {
        int count = ids.count();
        for (int i = 0; i < count; i++) {
            ids.row(i); // checks it before anything is written
        }
        if (!accumulate) {
            ZeroKernel.zero(workers, dTable);
        }
        workers.run(
                Math.ceilDiv(columns, COLUMNS),
                (unit, scratch) -> {
                    int column = unit * COLUMNS;
                    int width = Math.min(COLUMNS, columns - column);
                    for (int i = 0; i < count; i++) {
                        int row = ids.row(i);
                        if (row != NONE) {
                            long from = 4L * ((long) i * columns + column);
                            long to = 4L * ((long) row * columns + column);
                            add(dOut, from, dTable, to, width);
                        }
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
