package io.tornadogpt.core.reference;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.MemorySegment;

/// The elements of an I32 tensor by their flat index, with the check that makes them safe to use as
/// indices.
///
/// @param name of the tensor, for messages
/// @param memory 4 bytes for each element
record Integers(String name, MemorySegment memory) {
    int size() {
        return Math.toIntExact(memory.byteSize() / JAVA_INT.byteSize());
    }

    int get(int index) {
        return memory.getAtIndex(JAVA_INT, index);
    }

    void set(int index, int value) {
        memory.setAtIndex(JAVA_INT, index, value);
    }

    /// The element at `index`, which must be at least 0 and below `limit`.
    ///
    /// @param op for the message
    /// @param what has `limit` of something: `the table has 65 rows`
    int below(int limit, int index, String op, String what) {
        int value = get(index);
        if (value < 0 || value >= limit) {
            throw new IllegalArgumentException(
                    "%s: element %d of %s is %d but %s; expected 0 to %d"
                            .formatted(op, index, name, value, what, limit - 1));
        }
        return value;
    }
}
