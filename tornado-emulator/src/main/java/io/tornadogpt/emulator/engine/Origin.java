package io.tornadogpt.emulator.engine;

import org.jspecify.annotations.Nullable;

import java.util.Set;
import java.util.TreeSet;

/// Where a value of a kernel's code comes from.
///
/// @param arguments the arguments that it may be
/// @param local whether it may be an array in local memory
/// @param constant whether a compiler knows it: made of constants and of the kernel's scalars
/// @param element whether it may be an element of a buffer of integers
/// @param dimension of which it is the `globalId`, or [#NONE]
/// @param shifts the shifts to the right whose result it may be, by number of the instruction
/// @param value the number that it is, where the code spells it out
record Origin(
        Set<Integer> arguments,
        boolean local,
        boolean constant,
        boolean element,
        int dimension,
        Set<Integer> shifts,
        @Nullable Long value) {

    /// Instead of a dimension.
    static final int NONE = -1;

    static final Origin UNKNOWN = new Origin(Set.of(), false, false, false, NONE, Set.of(), null);
    static final Origin LOCAL = new Origin(Set.of(), true, false, false, NONE, Set.of(), null);
    static final Origin ELEMENT = new Origin(Set.of(), false, false, true, NONE, Set.of(), null);
    static final Origin CONSTANT = new Origin(Set.of(), false, true, false, NONE, Set.of(), null);

    static Origin argument(int index, boolean constant) {
        return new Origin(Set.of(index), false, constant, false, NONE, Set.of(), null);
    }

    static Origin globalId(int dimension) {
        return new Origin(Set.of(), false, false, false, dimension, Set.of(), null);
    }

    static Origin number(long value) {
        return new Origin(Set.of(), false, true, false, NONE, Set.of(), value);
    }

    /// The result of a shift to the right.
    static Origin shift(int number, Origin shifted) {
        return new Origin(
                Set.of(), false, shifted.constant, shifted.element, NONE, Set.of(number), null);
    }

    /// The value in another type, or of another sign.
    Origin converted() {
        return new Origin(Set.of(), false, constant, element, NONE, Set.of(), null);
    }

    /// As what a method returns.
    Origin withoutShifts() {
        return new Origin(arguments, local, constant, element, dimension, Set.of(), value);
    }

    /// As what a call returns, apart from what it was given.
    Origin withoutArguments() {
        return new Origin(Set.of(), local, constant, element, NONE, shifts, value);
    }

    /// What either of two values may be.
    Origin or(Origin other) {
        if (equals(other)) {
            return this;
        }
        return new Origin(
                both(arguments, other.arguments),
                local || other.local,
                constant && other.constant && arguments.equals(other.arguments),
                element || other.element,
                dimension == other.dimension ? dimension : NONE,
                both(shifts, other.shifts),
                value != null && value.equals(other.value) ? value : null);
    }

    private static Set<Integer> both(Set<Integer> one, Set<Integer> other) {
        var both = new TreeSet<>(one);
        both.addAll(other);
        return Set.copyOf(both);
    }
}
