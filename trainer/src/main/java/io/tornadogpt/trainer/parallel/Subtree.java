package io.tornadogpt.trainer.parallel;

import java.util.ArrayList;
import java.util.List;

/// A node of the binary tree over the micro-batches of a step: the micro-batches `first` to `first
/// + 2^level - 1`, as far as there are so many. `first` is a multiple of `2^level`.
///
/// @param first number of a micro-batch
/// @param level 0 for a single one
record Subtree(int first, int level) {
    Subtree {
        if (first < 0 || level < 0 || level > 30 || first % (1 << level) != 0) {
            throw new IllegalArgumentException(
                    "no tree has a node of level %d at %d".formatted(level, first));
        }
    }

    /// The largest nodes that cover an interval of micro-batches, in order: at most `2 log2(count)`
    /// of them, or 1.
    static List<Subtree> covering(int first, int count) {
        var nodes = new ArrayList<Subtree>();
        int from = first;
        int rest = count;
        while (rest > 0) {
            int size = Integer.highestOneBit(rest);
            if (from > 0) {
                size = Math.min(size, Integer.lowestOneBit(from));
            }
            nodes.add(new Subtree(from, Integer.numberOfTrailingZeros(size)));
            from += size;
            rest -= size;
        }
        return List.copyOf(nodes);
    }

    /// Whether the other one is the right half of a node of which this is the left half.
    boolean isLeftOf(Subtree other) {
        return level == other.level
                && other.first == first + (1 << level)
                && first % (1 << (level + 1)) == 0;
    }

    /// The node above this one.
    Subtree parent() {
        return new Subtree(first - first % (1 << (level + 1)), level + 1);
    }
}
