package io.tornadogpt.core.files;

import java.io.IOException;
import java.util.Arrays;

/// Where a tensor's numbers come from when they are written, a block at a time: an array, a device,
/// a formula.
@FunctionalInterface
public interface FloatSource {
    /// As many zeros as are asked for.
    FloatSource ZEROS = (from, block, count) -> Arrays.fill(block, 0, count, 0);

    /// Puts the `count` elements from index `from` on into the start of `block`. Called with rising
    /// `from`, until every element was asked for once.
    void read(long from, float[] block, int count) throws IOException;
}
