package io.tornadogpt.cpu.kernels;

import java.lang.foreign.MemorySegment;

/// What one head has of a matrix: row i starts at byte `offset + i * stride`.
///
/// Not part of [FlashForward], whose methods the launcher keeps from being inlined.
record HeadRows(MemorySegment data, long offset, long stride) {
    long at(int row) {
        return offset + row * stride;
    }
}
