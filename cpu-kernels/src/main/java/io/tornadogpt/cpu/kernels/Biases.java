package io.tornadogpt.cpu.kernels;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// What the positions of a sequence add to the scores of one head, before these are scaled.
///
/// @param data F32
/// @param offset of position 0, in bytes
/// @param stride bytes from one position to the next
record Biases(MemorySegment data, long offset, long stride) {
    float at(int position) {
        return data.get(ValueLayout.JAVA_FLOAT, offset + position * stride);
    }
}
