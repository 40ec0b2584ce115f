package io.tornadogpt.emulator;

import org.jspecify.annotations.Nullable;

import java.util.OptionalInt;

/// A mistake that a device would not report: it would compute something else instead, or nothing.
///
/// The message names the kernel, the work-item, the buffer and the index as far as they are known,
/// and says what to change; the same facts can be asked for one by one.
public final class EmulatorFinding extends RuntimeException {

    /// What went wrong.
    public enum Kind {
        /// An element before the first or behind the last of a buffer, or of a local or private
        /// array.
        OUT_OF_BOUNDS,
        /// Two work-items use one element, one of them writes, and nothing orders them.
        RACE,
        /// A barrier that not every work-item of the group reaches.
        BARRIER,
        /// An element of a buffer, or of a local or private array, was read that nothing on the
        /// device wrote.
        NEVER_WRITTEN,
        /// A buffer goes to the host although some of its elements were never written.
        PARTLY_WRITTEN,
        /// A global size that is no multiple of the local size, or a work-group that is too large.
        LAUNCH_SHAPE,
        /// A task uses `KernelContext` but no grid is registered for it.
        MISSING_GRID,
        /// More tasks, arguments or graph code than TornadoVM holds.
        GRAPH_LIMIT,
        /// One array is two arguments of a task, and the kernel writes the one that comes first.
        ALIAS,
        /// A graph uses a buffer that the graph before it does not hand over.
        NOT_ON_DEVICE,
        /// A copy between host and device that TornadoVM would drop without a word.
        TRANSFER,
        /// Local arrays differ between work-items, exceed a device's local memory, or are handed to
        /// a helper.
        LOCAL_MEMORY,
        /// A `@Parallel` loop whose rounds hand a variable on.
        CARRIED,
        /// A shift to the right, or a division by a power of two, of a negative number, of which
        /// backends make different things.
        NEGATIVE,
        /// A condition of `&&` and `||` that is kept as a value, which TornadoVM negates wrongly.
        CONDITION,
        /// Something that TornadoVM's compilers do not translate.
        UNSUPPORTED
    }

    private final Kind kind;
    private final @Nullable String kernel;
    private final @Nullable String workItem;
    private final @Nullable String buffer;
    private final int index;

    private EmulatorFinding(Builder facts, String message) {
        super(message);
        this.kind = facts.kind;
        this.kernel = facts.kernel;
        this.workItem = facts.workItem;
        this.buffer = facts.buffer;
        this.index = facts.index;
    }

    /// What went wrong.
    public Kind kind() {
        return kind;
    }

    /// The kernel, as `Class.method`, or null if the finding is about a graph or a plan.
    public @Nullable String kernel() {
        return kernel;
    }

    /// The work-item's global position and group, or its round of the `@Parallel` loops, or null if
    /// no single one is to blame.
    public @Nullable String workItem() {
        return workItem;
    }

    /// The kernel's name for the buffer, local or private array or variable, or null if none is
    /// concerned.
    public @Nullable String buffer() {
        return buffer;
    }

    /// The element of the buffer.
    public OptionalInt index() {
        return index == Builder.NO_INDEX ? OptionalInt.empty() : OptionalInt.of(index);
    }

    /// Starts a finding.
    public static Builder of(Kind kind) {
        return new Builder(kind);
    }

    /// Collects the facts of a finding.
    public static final class Builder {
        private static final int NO_INDEX = Integer.MIN_VALUE;

        private final Kind kind;
        private @Nullable String kernel;
        private @Nullable String workItem;
        private @Nullable String buffer;
        private @Nullable String place;
        private int index = NO_INDEX;

        private Builder(Kind kind) {
            this.kind = kind;
        }

        /// Names the kernel.
        public Builder kernel(@Nullable String name) {
            this.kernel = name;
            return this;
        }

        /// Names the work-item.
        public Builder workItem(@Nullable String position) {
            this.workItem = position;
            return this;
        }

        /// Names the line of the kernel's code.
        public Builder place(@Nullable String fileAndLine) {
            this.place = fileAndLine;
            return this;
        }

        /// Names the buffer.
        public Builder buffer(@Nullable String name) {
            this.buffer = name;
            return this;
        }

        /// Names the element of the buffer.
        public Builder index(int element) {
            this.index = element;
            return this;
        }

        /// Ends the finding with a sentence about what happened and what to do.
        public EmulatorFinding saying(String sentence) {
            StringBuilder message = new StringBuilder();
            if (kernel != null) {
                message.append(kernel).append(": ");
            }
            if (workItem != null) {
                message.append("work-item ").append(workItem).append(' ');
            }
            message.append(sentence);
            if (place != null) {
                message.append(" [").append(place).append(']');
            }
            return new EmulatorFinding(this, message.toString());
        }
    }
}
