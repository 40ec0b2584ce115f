package io.tornadogpt.cpu.kernels;

import io.tornadogpt.core.op.Attention.Columns;

import java.lang.foreign.MemorySegment;

/// What one head has of a matrix: row i starts at byte `offset + i * stride`.
///
/// Not part of [FlashForward], whose methods the launcher keeps from being inlined.
record HeadRows(MemorySegment data, long offset, long stride) {
    /// Some columns of a matrix.
    static HeadRows of(Columns columns, Binding binding) {
        MemorySegment data = binding.at(columns.tensor());
        return new HeadRows(data, 4L * columns.first(), 4L * columns.stride());
    }

    /// The part that begins at another row and column of this one.
    HeadRows from(long row, int column) {
        return new HeadRows(data, at(row) + 4L * column, stride);
    }

    long at(long row) {
        return offset + row * stride;
    }
}
