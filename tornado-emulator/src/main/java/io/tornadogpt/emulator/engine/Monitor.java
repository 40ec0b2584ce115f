package io.tornadogpt.emulator.engine;

import io.tornadogpt.emulator.EmulatorFinding;
import io.tornadogpt.emulator.EmulatorFinding.Kind;

import org.jspecify.annotations.Nullable;

/// Who is running. The launch sets it when the work-item changes; shadows ask at every access.
///
/// Time is cut into intervals: a new one begins with each launch, each group, and each global
/// barrier of a group. A *mark* is the interval and, in its lowest bits, the work-item's number
/// within its group. Accesses are ordered if they have the same mark, or stand in different
/// intervals of the same group; others race, if one of them writes.
final class Monitor {

    static final int ITEM_BITS = 11;
    static final long ITEM_MASK = (1L << ITEM_BITS) - 1;

    /// Instead of a work-item: several of one interval.
    static final long MANY_ITEMS = ITEM_MASK;

    /// Instead of a work-item: several, of different groups.
    static final long MANY_GROUPS = ITEM_MASK - 1;

    /// Instead of a work-item: any number of them, all atomic.
    static final long ATOMICS = ITEM_MASK - 2;

    long launchStart;
    long groupStart;
    long mark;

    private long interval;
    private @Nullable WorkItem item;
    private @Nullable KernelCode kernel;
    private Object[] arguments = {};

    void launch(KernelCode code, Object[] deviceArguments) {
        kernel = code;
        arguments = deviceArguments;
        item = null;
        launchStart = ++interval << ITEM_BITS;
        groupStart = launchStart;
        mark = launchStart;
    }

    void group() {
        groupStart = ++interval << ITEM_BITS;
    }

    void globalBarrier() {
        interval++;
    }

    void running(WorkItem next) {
        item = next;
        mark = (interval << ITEM_BITS) | next.number();
    }

    @Nullable KernelCode kernel() {
        return kernel;
    }

    String kernelName() {
        return kernel == null ? "host code" : kernel.name();
    }

    /// Starts a finding about an element of a buffer.
    EmulatorFinding.Builder finding(Kind kind, Shadow buffer, int index) {
        return EmulatorFinding.of(kind)
                .kernel(kernelName())
                .workItem(item == null ? null : item.toString())
                .buffer(name(buffer))
                .index(index);
    }

    /// A work-item of the running group by its number, or of another group by its interval.
    String describe(long otherMark) {
        long number = otherMark & ITEM_MASK;
        boolean sameGroup = otherMark >= groupStart;
        if (number == ATOMICS) {
            return "an atomic operation" + (sameGroup ? "" : " of another group");
        }
        if (number == MANY_GROUPS || !sameGroup) {
            return "a work-item of another group";
        }
        return number == MANY_ITEMS
                ? "several work-items of this group"
                : "work-item number " + number + " of this group";
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
