package io.tornadogpt.core.files;

/// Where a tensor's numbers come from when they are written, a block at a time: an array, a device,
/// a formula.
@FunctionalInterface
public interface FloatSource {
    /// Puts the `count` elements from index `from` on into the start of `block`. Called with rising
    /// `from`, until every element was asked for once.
    void read(long from, float[] block, int count);
}
