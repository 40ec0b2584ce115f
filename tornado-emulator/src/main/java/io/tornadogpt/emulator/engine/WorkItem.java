package io.tornadogpt.emulator.engine;

import java.util.Arrays;

/// One work-item: where it stands, and what it asks of its group.
public final class WorkItem {

    private final WorkGroup group;
    private final int number;
    private final PrivateMemory privateMemory = new PrivateMemory();
    private int allocations;

    private int[] calls = {};
    private int depth;
    private int site;

    WorkItem(WorkGroup group, int number) {
        this.group = group;
        this.number = number;
    }

    /// The position within the group, in a dimension.
    public int local(int dimension) {
        NDRange.Size size = group.range().local();
        return switch (dimension) {
            case 0 -> number % size.x();
            case 1 -> number / size.x() % size.y();
            default -> number / (size.x() * size.y());
        };
    }

    /// The position of the group, in a dimension.
    public int group(int dimension) {
        return group.position(dimension);
    }

    /// The position among all work-items, in a dimension.
    public int global(int dimension) {
        return group(dimension) * group.range().local().in(dimension) + local(dimension);
    }

    /// The number of all work-items, in a dimension.
    public int globalSize(int dimension) {
        return group.range().global().in(dimension);
    }

    /// The number of work-items in a group, in a dimension.
    public int localSize(int dimension) {
        return group.range().local().in(dimension);
    }

    /// Waits until every work-item of the group has come to this barrier.
    public void barrier(Fence fence) {
        group.barrier(this, fence);
    }

    /// The group's next local array: the n-th allocation of every work-item is the same array.
    public <A> A localArray(Class<A> type, int size) {
        return group.localArray(this, allocations++, type, size);
    }

    PrivateMemory privateMemory() {
        return privateMemory;
    }

    /// The next barrier is this one.
    void comesTo(int barrier) {
        site = barrier;
    }

    void enters(int call) {
        if (depth == calls.length) {
            calls = Arrays.copyOf(calls, depth + 4);
        }
        calls[depth++] = call;
    }

    void leaves() {
        depth--;
    }

    /// Which barrier of the inlined code the work-item has come to: 0 where that is not known.
    long barrier() {
        long barrier = site;
        for (int i = 0; i < depth; i++) {
            barrier = barrier * 1_000_003 + calls[i];
        }
        return barrier;
    }

    /// The lines that lead to the barrier.
    String barrierLines() {
        var lines = new StringBuilder("line ");
        for (int i = 0; i < depth; i++) {
            lines.append(CheckedKernel.line(calls[i])).append(" and there in line ");
        }
        return lines.append(CheckedKernel.line(site)).toString();
    }

    int number() {
        return number;
    }

    @Override
    public String toString() {
        return position(global(0), global(1), global(2))
                + " of group "
                + position(group(0), group(1), group(2));
    }

    private static String position(int x, int y, int z) {
        return "(" + x + ", " + y + ", " + z + ")";
    }
}
