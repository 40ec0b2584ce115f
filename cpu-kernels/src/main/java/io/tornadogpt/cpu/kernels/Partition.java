package io.tornadogpt.cpu.kernels;

/// How a range is cut into units for [Workers#run]: by its length alone, never by the number of
/// threads.
///
/// @param length of the range
/// @param size of every unit but the last
record Partition(long length, long size) {
    /// Elements a unit: enough that handing it out costs nothing beside it, few enough that several
    /// threads share a small tensor.
    private static final int ELEMENTS = 8192;

    /// The bytes of a tensor, in chunks of whole vectors.
    static Partition ofBytes(long bytes) {
        return new Partition(bytes, 4L * ELEMENTS);
    }

    /// The rows of a matrix.
    static Partition ofRows(int rows, int columns) {
        return new Partition(rows, Math.max(1, ELEMENTS / columns));
    }

    int units() {
        return Math.toIntExact((length + size - 1) / size);
    }

    long from(int unit) {
        return unit * size;
    }

    long to(int unit) {
        return Math.min(length, from(unit) + size);
    }
}
