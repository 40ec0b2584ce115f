package io.tornadogpt.emulator.engine;

import io.tornadogpt.emulator.EmulatorFinding;
import io.tornadogpt.emulator.EmulatorFinding.Kind;

import org.jspecify.annotations.Nullable;

/// What is known about the elements of a Java array that a kernel allocates: in local memory, which
/// a group shares, or in private memory.
abstract sealed class ArrayShadow permits LocalShadow, PrivateShadow {

    final Monitor monitor;
    private final String memory;
    private @Nullable String name;

    /// @param memory `local` or `private`
    ArrayShadow(Monitor monitor, String memory) {
        this.monitor = monitor;
        this.memory = memory;
    }

    /// The kernel reads an element.
    abstract void read(int index);

    /// The kernel writes an element.
    abstract void write(int index);

    /// The kernel updates an element in one atomic step.
    abstract void atomic(int index);

    abstract int length();

    /// The name of the variable that the array was assigned to first.
    final void name(String variable) {
        if (name == null && !variable.equals(Instrumentation.UNNAMED)) {
            name = variable;
        }
    }

    final String name() {
        return name == null ? "an array" : name;
    }

    final EmulatorFinding.Builder finding(Kind kind, int index) {
        return monitor.finding(kind).buffer(name()).index(index);
    }

    /// The element in a sentence.
    final String element(int index) {
        return "the element " + name() + "[" + index + "] of " + memory + " memory";
    }

    final void checkBounds(String verb, int index) {
        if (index < 0 || index >= length()) {
            throw finding(Kind.OUT_OF_BOUNDS, index)
                    .saying(
                            verb
                                    + " "
                                    + element(index)
                                    + ", but "
                                    + name()
                                    + " has "
                                    + length()
                                    + " elements. Allocate more, or guard the access");
        }
    }
}
