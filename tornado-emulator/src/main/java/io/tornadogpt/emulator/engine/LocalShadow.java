package io.tornadogpt.emulator.engine;

import io.tornadogpt.emulator.EmulatorFinding;
import io.tornadogpt.emulator.EmulatorFinding.Kind;

/// What is known about each element of a local array: who read, wrote and updated it last. Any
/// barrier puts accesses of a group in order.
final class LocalShadow extends ArrayShadow {

    private final long[] reads;
    private final long[] writes;
    private long[] atomics = {};

    LocalShadow(Monitor monitor, int length) {
        super(monitor, "local");
        this.reads = new long[length];
        this.writes = new long[length];
    }

    @Override
    int length() {
        return reads.length;
    }

    @Override
    void read(int index) {
        checkBounds("reads", index);
        long mark = monitor.localMark;
        long write = writes[index];
        if (races(write, mark)) {
            throw race(index, "reads", "write", write);
        }
        if (atomics.length != 0 && races(atomics[index], mark)) {
            throw race(index, "reads", "update", atomics[index]);
        }
        if (write < monitor.localStart && !monitor.isLocallyUnsettled()) {
            monitor.locallyUnsettled(neverWritten(index));
        }
        reads[index] = together(reads[index], mark);
    }

    @Override
    void write(int index) {
        checkBounds("writes", index);
        long mark = monitor.localMark;
        if (races(writes[index], mark)) {
            throw race(index, "writes", "write", writes[index]);
        }
        if (races(reads[index], mark)) {
            throw race(index, "writes", "read", reads[index]);
        }
        if (atomics.length != 0 && races(atomics[index], mark)) {
            throw race(index, "writes", "update", atomics[index]);
        }
        writes[index] = mark;
    }

    @Override
    void atomic(int index) {
        checkBounds("updates", index);
        if (atomics.length == 0) {
            atomics = new long[reads.length];
        }
        long mark = monitor.localMark;
        if (races(writes[index], mark)) {
            throw race(index, "updates", "write", writes[index]);
        }
        if (races(reads[index], mark)) {
            throw race(index, "updates", "read", reads[index]);
        }
        if (writes[index] < monitor.localStart && !monitor.isLocallyUnsettled()) {
            monitor.locallyUnsettled(neverWritten(index));
        }
        atomics[index] = together(atomics[index], mark);
    }

    /// Whether two accesses of different work-items stand between the same barriers.
    private static boolean races(long earlier, long mark) {
        return earlier != mark && earlier >>> Monitor.ITEM_BITS == mark >>> Monitor.ITEM_BITS;
    }

    /// Two accesses of one kind, in one mark.
    private static long together(long earlier, long mark) {
        return races(earlier, mark) ? mark | Monitor.MANY_ITEMS : mark;
    }

    private EmulatorFinding race(int index, String verb, String other, long mark) {
        boolean several = (mark & Monitor.ITEM_MASK) == Monitor.MANY_ITEMS;
        return finding(Kind.RACE, index)
                .saying(
                        verb
                                + " "
                                + element(index)
                                + ", which "
                                + Monitor.describeOfGroup(mark)
                                + " "
                                + other
                                + (several ? "" : "s")
                                + " too, with no barrier between the two. Put localBarrier()"
                                + " between them, or give each work-item an element of its own"
                                + " (counters: atomicAdd)");
    }

    private EmulatorFinding neverWritten(int index) {
        return finding(Kind.NEVER_WRITTEN, index)
                .saying(
                        "reads "
                                + element(index)
                                + ", which no work-item of its group has written. Local memory"
                                + " holds garbage at first: write every element that is read,"
                                + " and wait at a barrier before others read it");
    }
}
