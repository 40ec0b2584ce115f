package io.tornadogpt.trainer.parallel;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// The gradients of a process's micro-batches, added up to the largest nodes of the tree that hold
/// no other process's. The newest gradient stays in the session where it can be reached there;
/// others are kept in memory that is used again in the next step.
final class GradientSums {
    private final FlatTensors gradients;
    private final boolean inPlace;
    private final Arena arena;
    private final Deque<MemorySegment> free = new ArrayDeque<>();
    private final List<Sum> sums = new ArrayList<>();

    /// The sum of a node's gradients.
    ///
    /// @param buffer where it is, null where it is in the session
    private record Sum(Subtree node, @Nullable MemorySegment buffer) {}

    /// @param arena of the memory that sums are kept in
    GradientSums(FlatTensors gradients, Arena arena) {
        this.gradients = gradients;
        this.inPlace = gradients.inPlace();
        this.arena = arena;
    }

    /// How many copies of all gradients are kept beside those in the session.
    ///
    /// @param first micro-batch of the process
    /// @param count how many it has
    /// @param inPlace whether the session's gradients can be reached where they are
    static int copies(int first, int count, boolean inPlace) {
        int most = 0;
        var open = new ArrayList<Subtree>();
        for (int micro = first; micro < first + count; micro++) {
            var node = new Subtree(micro, 0);
            int kept = open.size() + (inPlace ? 0 : 1);
            while (!open.isEmpty() && open.getLast().isLeftOf(node)) {
                node = open.removeLast().parent();
            }
            open.add(node);
            boolean stays = inPlace && node.level() == 0 && micro == first + count - 1;
            most = Math.max(most, Math.max(kept, open.size() - (stays ? 1 : 0)));
        }
        return most;
    }

    /// Adds the gradients that are in the session.
    ///
    /// @param microBatch whose they are
    /// @param last whether the session keeps them
    void add(int microBatch, boolean last) {
        var node = new Subtree(microBatch, 0);
        MemorySegment buffer = null;
        if (!inPlace) {
            buffer = take();
            gradients.readAll(buffer);
        }
        while (!sums.isEmpty() && sums.getLast().node.isLeftOf(node)) {
            MemorySegment left = buffer(sums.removeLast());
            add(left, buffer);
            if (buffer != null) {
                free.add(buffer);
            }
            buffer = left;
            node = node.parent();
        }
        if (buffer == null && !last) {
            buffer = take();
            gradients.read(0, gradients.count(), buffer, 0);
        }
        sums.add(new Sum(node, buffer));
    }

    private static MemorySegment buffer(Sum sum) {
        if (sum.buffer == null) {
            throw new IllegalStateException(
                    "micro-batches came after the last one: the first was " + sum.node.first());
        }
        return sum.buffer;
    }

    private void add(MemorySegment to, @Nullable MemorySegment from) {
        if (from != null) {
            Floats.add(to, 0, from, 0, to.byteSize());
        } else {
            gradients.inPlace(
                    0,
                    gradients.count(),
                    (memory, offset, place, bytes) ->
                            Floats.add(to, place * Float.BYTES, memory, offset, bytes));
        }
    }

    private MemorySegment take() {
        MemorySegment buffer = free.poll();
        return buffer != null
                ? buffer
                : arena.allocate(gradients.count() * Float.BYTES, Double.BYTES);
    }

    /// The nodes whose sums are there, in order.
    List<Subtree> nodes() {
        return sums.stream().map(Sum::node).toList();
    }

    /// Copies a part of a node's sum.
    ///
    /// @param number of the node
    /// @param place of the part's first element, counted through all gradients
    /// @param offset in bytes
    void read(int number, long place, long floats, MemorySegment to, long offset) {
        MemorySegment buffer = sums.get(number).buffer;
        if (buffer == null) {
            gradients.read(place, floats, to, offset);
        } else {
            MemorySegment.copy(buffer, place * Float.BYTES, to, offset, floats * Float.BYTES);
        }
    }

    /// Forgets all sums.
    void clear() {
        for (Sum sum : sums) {
            if (sum.buffer != null) {
                free.add(sum.buffer);
            }
        }
        sums.clear();
    }
}
