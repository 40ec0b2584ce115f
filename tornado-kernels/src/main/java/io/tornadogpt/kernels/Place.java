package io.tornadogpt.kernels;

import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/// Where a kernel finds a tensor in its array: at `offset + layer * stride`.
///
/// A stacked array holds one slice per layer. The slice of the layer that a repeated graph is at
/// has the slice's size as stride, the next one also an offset of one slice; the slice of a fixed
/// layer has an offset alone, and an array that holds one tensor has neither ([#WHOLE]). Both
/// numbers travel in one `long`, because a TornadoVM task takes no more than 20 arguments; as a
/// scalar it is a constant to TornadoVM's compilers, so it costs nothing in the kernel.
public final class Place {
    /// The array holds the tensor alone.
    public static final long WHOLE = 0;

    private Place() {}

    /// A place as kernels take it.
    ///
    /// @param offset elements before the slice of layer 0
    /// @param stride elements from the slice of one layer to that of the next, 0 if all layers use
    ///   the same
    public static long of(int offset, int stride) {
        return ((long) offset << 32) | (stride & 0xFFFFFFFFL);
    }

    /// The first element.
    ///
    /// @param layer `[1]`, the layer that a repeated graph is at
    public static int start(long place, IntArray layer) {
        return (int) (place >> 32) + layer.get(0) * (int) place;
    }
}
