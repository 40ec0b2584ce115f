package io.tornadogpt.emulator.engine;

import io.tornadogpt.emulator.EmulatorFinding.Kind;

/// What is known about each element of a private array: who wrote it. A work-item has its own, but
/// rounds of a `@Parallel` loop are emulated with one that was made before the loop.
final class PrivateShadow extends ArrayShadow {

    private final long[] writes;

    PrivateShadow(Monitor monitor, int length) {
        super(monitor, "private");
        this.writes = new long[length];
    }

    @Override
    int length() {
        return writes.length;
    }

    @Override
    void read(int index) {
        checkBounds("reads", index);
        long write = writes[index];
        if (write == 0) {
            throw finding(Kind.NEVER_WRITTEN, index)
                    .saying(
                            "reads "
                                    + element(index)
                                    + ", which it has not written. TornadoVM does not fill new"
                                    + " arrays with zeros: write every element first");
        }
        if (monitor.rounds() != null && write != monitor.mark && !monitor.isAround(write)) {
            throw finding(Kind.CARRIED, index)
                    .saying(
                            "reads "
                                    + element(index)
                                    + ", which "
                                    + monitor.describe(write)
                                    + " wrote. On a device each round is a work-item with an array"
                                    + " of its own. Make the array inside the loop");
        }
    }

    @Override
    void write(int index) {
        checkBounds("writes", index);
        writes[index] = monitor.mark;
    }

    @Override
    void atomic(int index) {
        read(index);
        write(index);
    }
}
