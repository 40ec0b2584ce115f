package io.tornadogpt.core.program;

import io.tornadogpt.core.op.Op;

import java.util.List;

/// A list of operations that runs a number of times, at layer `first`, `first + 1`, .. or in the
/// reverse order.
///
/// @param name for people: `embed`, `blocks`, `head`
/// @param first lowest layer
/// @param repeat how often, at least 1
/// @param reversed whether the layers run from the last to the first
/// @param ops in order
public record Segment(String name, int first, int repeat, boolean reversed, List<Op> ops) {
    public Segment {
        ops = List.copyOf(ops);
        if (repeat < 1) {
            throw new IllegalArgumentException(
                    "segment " + name + " repeats " + repeat + " times; expected >= 1");
        }
    }

    /// At layers 0 to `repeat - 1`.
    public Segment(String name, int repeat, boolean reversed, List<Op> ops) {
        this(name, 0, repeat, reversed, ops);
    }

    /// The layer of the i-th run.
    public int layer(int i) {
        return first + (reversed ? repeat - 1 - i : i);
    }

    public Segment withOps(List<Op> newOps) {
        return new Segment(name, first, repeat, reversed, newOps);
    }
}
