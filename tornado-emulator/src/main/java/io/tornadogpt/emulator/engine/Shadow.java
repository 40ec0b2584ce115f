package io.tornadogpt.emulator.engine;

import io.tornadogpt.emulator.EmulatorFinding;
import io.tornadogpt.emulator.EmulatorFinding.Kind;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/// What is known about each element of a device buffer: whether it holds anything, and who read and
/// wrote it last. The buffer's `get` and `set` report every access.
public final class Shadow {

    private static final byte GARBAGE = 0;
    private static final byte COPIED_IN = 1;
    private static final byte WRITTEN = 2;

    private final Monitor monitor;
    private final byte[] contents;
    private final long[] reads;
    private final long[] writes;
    private long[] atomics = {};

    private boolean read;
    private boolean written;
    private boolean newlyCopiedIn;
    private boolean news;
    private boolean modified;
    private String lastName = "a buffer";
    private @Nullable KernelCode lastWriter;

    Shadow(Monitor monitor, int size) {
        this.monitor = monitor;
        this.contents = new byte[size];
        this.reads = new long[size];
        this.writes = new long[size];
    }

    /// A work-item reads an element.
    public void read(int index) {
        if (index < 0 || index >= contents.length) {
            throw outOfBounds("reads", index);
        }
        read = true;
        long mark = monitor.mark;
        if (races(writes[index], mark) && !monitor.isAround(writes[index])) {
            throw race(index, "reads", "is written by", writes[index]);
        }
        if (atomics.length != 0 && races(atomics[index], mark)) {
            throw race(index, "reads", "is updated by", atomics[index]);
        }
        if (contents[index] == GARBAGE && !monitor.isUnsettled()) {
            monitor.unsettled(neverWritten(index));
        }
        if (reads[index] != mark) {
            reads[index] = together(reads[index], mark);
        }
    }

    /// A work-item writes an element. True if it must not change the element: another round of a
    /// `@Parallel` loop has written it, which is harmless where all write the same constant.
    public boolean write(int index) {
        if (index < 0 || index >= contents.length) {
            throw outOfBounds("writes", index);
        }
        contents[index] = WRITTEN;
        written = true;
        long mark = monitor.mark;
        boolean again = races(writes[index], mark);
        boolean constant = monitor.constant;
        monitor.constant = false;
        if (again && !(constant && monitor.rounds() != null)) {
            throw race(index, "writes", "is also written by", writes[index]);
        }
        if (races(reads[index], mark)) {
            throw race(index, "writes", "is read by", reads[index]);
        }
        if (reads[index] == mark && isRepeated()) {
            throw repeated(index);
        }
        if (atomics.length != 0 && races(atomics[index], mark)) {
            throw race(index, "writes", "is updated by", atomics[index]);
        }
        if (!again) {
            writes[index] = mark;
        }
        return again;
    }

    /// Another round of a `@Parallel` loop has written something else.
    public EmulatorFinding differs(int index) {
        return race(index, "writes", "is also written, with another value, by", writes[index]);
    }

    /// A work-item reads and writes an element in one atomic step.
    public void atomic(int index) {
        if (index < 0 || index >= contents.length) {
            throw outOfBounds("updates", index);
        }
        if (atomics.length == 0) {
            atomics = new long[contents.length];
        }
        read = true;
        written = true;
        long mark = monitor.mark;
        if (races(writes[index], mark) && !monitor.isAround(writes[index])) {
            throw race(index, "updates", "is written without an atomic by", writes[index]);
        }
        if (races(reads[index], mark)) {
            throw race(index, "updates", "is read without an atomic by", reads[index]);
        }
        if (contents[index] == GARBAGE && !monitor.isUnsettled()) {
            monitor.unsettled(neverWritten(index));
        }
        contents[index] = WRITTEN;
        if (atomics[index] != mark) {
            atomics[index] = together(atomics[index], mark);
        }
    }

    /// Whether code stands around a loop, where each work-item of the loop runs it.
    private boolean isRepeated() {
        Rounds rounds = monitor.rounds();
        return rounds != null && rounds.isRepeated();
    }

    /// Whether an earlier access and the present one are unordered.
    private boolean races(long earlier, long mark) {
        if (earlier < monitor.launchStart || earlier == mark) {
            return false;
        }
        return monitor.rounds() != null
                || earlier < monitor.groupStart
                || (earlier & Monitor.ITEM_MASK) == Monitor.MANY_GROUPS
                || earlier >>> Monitor.ITEM_BITS == mark >>> Monitor.ITEM_BITS;
    }

    /// Earlier accesses of one kind and the present one, in one mark.
    private long together(long earlier, long mark) {
        long interval = mark & ~Monitor.ITEM_MASK;
        if (earlier < monitor.launchStart) {
            return mark;
        }
        if (earlier < monitor.groupStart || (earlier & Monitor.ITEM_MASK) == Monitor.MANY_GROUPS) {
            return interval | Monitor.MANY_GROUPS;
        }
        return earlier >= interval ? interval | Monitor.MANY_ITEMS : mark;
    }

    /// The host's elements were copied to the device.
    void copiedIn() {
        Arrays.fill(contents, COPIED_IN);
        newlyCopiedIn = true;
        news = false;
        modified = false;
    }

    /// A task has ended. If it is the first to use what was copied in, and only wrote, then
    /// TornadoVM would have left out the copy: what the task did not write is garbage.
    ///
    /// @return whether it is the first to use what was copied in, and needs it
    boolean taskEnded() {
        boolean needsCopy = newlyCopiedIn && read;
        if (written) {
            lastWriter = monitor.kernel();
            lastName = monitor.name(this);
            news = true;
        }
        modified |= read && written;
        if (newlyCopiedIn && written && !read) {
            for (int i = 0; i < contents.length; i++) {
                contents[i] = contents[i] == COPIED_IN ? GARBAGE : contents[i];
            }
        }
        newlyCopiedIn &= !(read || written);
        read = false;
        written = false;
        return needsCopy;
    }

    /// Refuses to copy elements to the host that nothing wrote.
    void checkComplete(String graph) {
        for (int i = 0; i < contents.length; i++) {
            if (contents[i] == GARBAGE) {
                throw EmulatorFinding.of(Kind.PARTLY_WRITTEN)
                        .kernel(lastWriter == null ? null : lastWriter.name())
                        .buffer(lastName)
                        .index(i)
                        .saying(
                                "graph '"
                                        + graph
                                        + "' sends "
                                        + lastName
                                        + ", a buffer of "
                                        + contents.length
                                        + " elements, to the host, but nothing wrote element "
                                        + i
                                        + ". Write every element, or read the buffer as well:"
                                        + " TornadoVM does not copy in what is only written");
            }
        }
    }

    /// Whether a task wrote elements since the host and the device last had the same.
    boolean hasNews() {
        return news;
    }

    /// Whether a task both read and wrote it since it was copied in.
    boolean wasModified() {
        return modified;
    }

    /// The kernel that wrote last, or null.
    @Nullable String lastWriter() {
        return lastWriter == null ? null : lastWriter.name();
    }

    /// The name that the kernel that wrote last has for the buffer.
    String lastName() {
        return lastName;
    }

    /// Host and device have the same.
    void copiedOut() {
        news = false;
    }

    private EmulatorFinding outOfBounds(String verb, int index) {
        String element = monitor.name(this) + "[" + index + "]";
        return monitor.finding(Kind.OUT_OF_BOUNDS, this, index)
                .saying(verb + " " + element + ", which has " + contents.length + " elements");
    }

    private EmulatorFinding neverWritten(int index) {
        return monitor.finding(Kind.NEVER_WRITTEN, this, index)
                .saying(
                        "reads "
                                + monitor.name(this)
                                + "["
                                + index
                                + "], which holds garbage: it was neither copied to the device"
                                + " nor written there"
                                + (lastWriter == null
                                        ? ""
                                        : ". The last to write the buffer was "
                                                + lastWriter.name()
                                                + "; a buffer that a task only writes is not"
                                                + " copied in"));
    }

    private EmulatorFinding race(int index, String verb, String other, long mark) {
        return monitor.finding(Kind.RACE, this, index)
                .saying(
                        verb
                                + " "
                                + monitor.name(this)
                                + "["
                                + index
                                + "], which "
                                + other
                                + " "
                                + monitor.describe(mark)
                                + " in the same task, and nothing orders the two. "
                                + (monitor.rounds() == null
                                        ? "Only globalBarrier() does, and only within a group; else"
                                                + " let a second task do what comes second"
                                        : "Rounds of @Parallel loops run all at once: let each"
                                                + " write elements of its own, and let a second"
                                                + " task read what others wrote"));
    }

    private EmulatorFinding repeated(int index) {
        return monitor.finding(Kind.RACE, this, index)
                .saying(
                        "reads and writes "
                                + monitor.name(this)
                                + "["
                                + index
                                + "] outside of a @Parallel loop, where every work-item of the loop"
                                + " does so. Move it into a task of its own");
    }
}
