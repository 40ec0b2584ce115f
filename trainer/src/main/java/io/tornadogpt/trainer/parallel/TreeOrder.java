package io.tornadogpt.trainer.parallel;

import java.util.ArrayList;
import java.util.List;

/// In which order nodes of the tree over a step's micro-batches are added up to its root. The order
/// follows from the number of micro-batches alone, so it does not matter which process added up
/// what: the sum has the same bits.
///
/// A right half of which there are no micro-batches is left out, so the number of micro-batches
/// need not be a power of two.
final class TreeOrder {
    private TreeOrder() {}

    /// An addition of what stands in one place to what stands in another one.
    ///
    /// @param to number of the node, among those given, in whose place the sum is kept
    /// @param from number of the node whose place is free afterwards
    record Addition(int to, int from) {}

    /// The additions that make the root of nodes, which is then in the place of the first.
    ///
    /// @param nodes that cover all micro-batches of a step, in order
    static List<Addition> additions(List<Subtree> nodes) {
        var additions = new ArrayList<Addition>();
        var places = new ArrayList<Integer>();
        var open = new ArrayList<Subtree>();
        for (int i = 0; i < nodes.size(); i++) {
            Subtree node = nodes.get(i);
            int place = i;
            while (!open.isEmpty() && open.getLast().isLeftOf(node)) {
                int left = places.removeLast();
                additions.add(new Addition(left, place));
                node = open.removeLast().parent();
                place = left;
            }
            open.add(node);
            places.add(place);
        }
        while (places.size() > 1) {
            int from = places.removeLast();
            additions.add(new Addition(places.getLast(), from));
        }
        return List.copyOf(additions);
    }
}
