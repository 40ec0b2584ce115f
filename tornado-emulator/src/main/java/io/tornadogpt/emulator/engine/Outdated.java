package io.tornadogpt.emulator.engine;

import io.tornadogpt.emulator.EmulatorFinding;
import io.tornadogpt.emulator.EmulatorFinding.Kind;

import org.jspecify.annotations.Nullable;

import java.util.BitSet;

/// An array of the host of which the device has newer elements that nothing brought back.
public final class Outdated {

    private final @Nullable String writer;
    private final String name;
    private final BitSet written = new BitSet();

    Outdated(@Nullable String writer, String name) {
        this.writer = writer;
        this.name = name;
    }

    /// The host reads an element.
    public void read(int index) {
        if (!written.get(index)) {
            throw EmulatorFinding.of(Kind.TRANSFER)
                    .kernel(writer)
                    .buffer(name)
                    .index(index)
                    .saying(
                            "the host reads "
                                    + name
                                    + "["
                                    + index
                                    + "], which a task has written on the device since the array"
                                    + " was last brought back. Add"
                                    + " transferToHost(EVERY_EXECUTION, ...) to the graph, or ask"
                                    + " the execution's result for the array");
        }
    }

    /// The host reads all elements.
    public void readAll(int size) {
        int index = written.nextClearBit(0);
        if (index < size) {
            read(index);
        }
    }

    /// The host writes an element, which is its own then.
    public void write(int index) {
        written.set(index);
    }
}
