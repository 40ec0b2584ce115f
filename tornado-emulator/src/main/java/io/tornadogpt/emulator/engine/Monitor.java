package io.tornadogpt.emulator.engine;

import io.tornadogpt.emulator.EmulatorFinding;
import io.tornadogpt.emulator.EmulatorFinding.Kind;

import org.jspecify.annotations.Nullable;

/// Who is running. The launch sets it when the work-item changes; shadows ask at every access.
///
/// Time is cut into intervals: a new one begins with each launch, each group, and each global
/// barrier of a group. A *mark* is the interval and, in its lowest bits, the work-item's number
/// within its group. Accesses to buffers are ordered if they have the same mark, or stand in
/// different intervals of the same group; others race, if one of them writes. Local memory has
/// marks of its own, of intervals that end at local barriers as well.
///
/// Rounds of `@Parallel` loops are work-items, each in an interval of its own, and none of them is
/// ordered.
final class Monitor {

    static final int ITEM_BITS = 11;
    static final long ITEM_MASK = (1L << ITEM_BITS) - 1;

    /// Instead of a work-item: several of one interval.
    static final long MANY_ITEMS = ITEM_MASK;

    /// Instead of a work-item: several, of different groups.
    static final long MANY_GROUPS = ITEM_MASK - 1;

    long launchStart;
    long groupStart;
    long mark;
    long localStart;
    long localMark;

    /// Whether the next write to a buffer stores what is the same for every work-item.
    boolean constant;

    private final LocalMemory localMemory = new LocalMemory(this);
    private long interval;
    private long localInterval;
    private @Nullable WorkItem item;
    private @Nullable Rounds rounds;
    private @Nullable KernelCode kernel;
    private @Nullable EmulatorFinding unsettled;
    private @Nullable EmulatorFinding locallyUnsettled;
    private Object[] arguments = {};

    void launch(KernelCode code, Object[] deviceArguments) {
        kernel = code;
        arguments = deviceArguments;
        item = null;
        unsettled = null;
        locallyUnsettled = null;
        launchStart = ++interval << ITEM_BITS;
        groupStart = launchStart;
        mark = launchStart;
    }

    /// The kernel consists of `@Parallel` loops.
    void rounds(Rounds loops) {
        rounds = loops;
        running(0);
    }

    /// A round runs, or what is around the loops.
    void running(int round) {
        mark = launchStart + ((long) round << ITEM_BITS);
        groupStart = mark;
    }

    void group() {
        groupStart = ++interval << ITEM_BITS;
        localStart = ++localInterval << ITEM_BITS;
        localMemory.group();
    }

    /// Every work-item of the group has come to a barrier.
    void barrier(Fence fence) {
        settleLocally();
        localInterval++;
        if (fence == Fence.GLOBAL) {
            interval++;
        }
    }

    void groupEnded() {
        settleLocally();
    }

    void running(WorkItem next) {
        item = next;
        mark = (interval << ITEM_BITS) | next.number();
        localMark = (localInterval << ITEM_BITS) | next.number();
    }

    /// The launch has ended well.
    void launchEnded() {
        if (rounds != null) {
            interval += rounds.size();
        }
        EmulatorFinding finding = unsettled;
        unwatch();
        if (finding != null) {
            throw finding;
        }
    }

    /// The launch has ended.
    void unwatch() {
        rounds = null;
        unsettled = null;
        locallyUnsettled = null;
    }

    /// An element was read that nothing has written so far. If another work-item writes it before
    /// the next barrier, that is a race, and is said when it happens; otherwise this is the
    /// finding.
    void unsettled(EmulatorFinding finding) {
        unsettled = unsettled == null ? finding : unsettled;
    }

    /// As [#unsettled], in local memory.
    void locallyUnsettled(EmulatorFinding finding) {
        locallyUnsettled = locallyUnsettled == null ? finding : locallyUnsettled;
    }

    boolean isUnsettled() {
        return unsettled != null;
    }

    boolean isLocallyUnsettled() {
        return locallyUnsettled != null;
    }

    private void settleLocally() {
        if (locallyUnsettled != null) {
            throw locallyUnsettled;
        }
    }

    /// What went wrong first: what was computed from garbage may have failed before it was known
    /// that it was garbage.
    RuntimeException cause(RuntimeException failure) {
        boolean race = failure instanceof EmulatorFinding f && f.kind() == Kind.RACE;
        EmulatorFinding before = locallyUnsettled != null ? locallyUnsettled : unsettled;
        return race || before == null ? failure : before;
    }

    LocalMemory localMemory() {
        return localMemory;
    }

    @Nullable WorkItem item() {
        return item;
    }

    @Nullable Rounds rounds() {
        return rounds;
    }

    /// The private arrays of what is running.
    @Nullable PrivateMemory privateMemory() {
        if (rounds != null) {
            return rounds.privateMemory();
        }
        return item == null ? null : item.privateMemory();
    }

    @Nullable KernelCode kernel() {
        return kernel;
    }

    String kernelName() {
        return kernel == null ? "host code" : kernel.name();
    }

    /// Starts a finding about an element of a buffer.
    EmulatorFinding.Builder finding(Kind kind, Shadow buffer, int index) {
        return finding(kind).buffer(name(buffer)).index(index);
    }

    /// Starts a finding about what is running.
    EmulatorFinding.Builder finding(Kind kind) {
        return EmulatorFinding.of(kind)
                .kernel(kernelName())
                .workItem(workItem())
                .place(CheckedKernel.place());
    }

    private @Nullable String workItem() {
        if (rounds != null) {
            return rounds.describe(rounds.current());
        }
        return item == null ? null : item.toString();
    }

    /// A work-item of the running group by its number, or of another group by its interval.
    String describe(long otherMark) {
        long number = otherMark & ITEM_MASK;
        if (rounds != null) {
            return number == 0
                    ? "work-item "
                            + rounds.describe(
                                    Math.toIntExact((otherMark - launchStart) >>> ITEM_BITS))
                    : "several work-items";
        }
        boolean sameGroup = otherMark >= groupStart;
        if (number == MANY_GROUPS || !sameGroup) {
            return "a work-item of another group";
        }
        return describeOfGroup(otherMark);
    }

    /// A work-item of the running group by its number.
    static String describeOfGroup(long otherMark) {
        long number = otherMark & ITEM_MASK;
        return number == MANY_ITEMS
                ? "several work-items of this group"
                : "work-item number " + number + " of this group";
    }

    /// Whether an earlier access stands around the loop of the present one. On a device every
    /// work-item makes it for itself, so it comes before what the work-item does in the loop.
    boolean isAround(long earlier) {
        return rounds != null
                && (earlier & ITEM_MASK) == 0
                && rounds.isAround(Math.toIntExact((earlier - launchStart) >>> ITEM_BITS));
    }

    /// The kernel's name for a buffer.
    String name(Shadow buffer) {
        for (int i = 0; i < arguments.length; i++) {
            if (kernel != null && DeviceArrays.shadow(arguments[i]) == buffer) {
                return kernel.parameter(i);
            }
        }
        return "a buffer";
    }
}
