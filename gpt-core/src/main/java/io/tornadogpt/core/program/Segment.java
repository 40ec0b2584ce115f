package io.tornadogpt.core.program;

import io.tornadogpt.core.op.Op;

import java.util.List;

/// A list of operations that runs a number of times, at layer 0, 1, .. or in the reverse order.
///
/// @param name for people: `embed`, `blocks`, `head`
/// @param repeat how often, at least 1
/// @param reversed whether the layers run from the last to the first
/// @param ops in order
public record Segment(String name, int repeat, boolean reversed, List<Op> ops) {
    public Segment {
        ops = List.copyOf(ops);
        if (repeat < 1) {
            throw new IllegalArgumentException(
                    "segment " + name + " repeats " + repeat + " times; expected >= 1");
        }
    }

    /// The layer of the i-th run.
    public int layer(int i) {
        return reversed ? repeat - 1 - i : i;
    }

    public Segment withOps(List<Op> newOps) {
        return new Segment(name, repeat, reversed, newOps);
    }
}
