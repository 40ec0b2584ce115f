package io.tornadogpt.emulator.engine;

import org.jspecify.annotations.Nullable;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// The shifts to the right of a method, and its divisions by constants: of a negative number
/// backends make different things of them, unless a mask leaves only bits that they agree about.
final class Shifts {

    private final Map<Integer, Shift> shifts = new HashMap<>();
    private final Set<Integer> signed = new TreeSet<>();
    private final Set<Integer> elementLines = new TreeSet<>();

    /// A shift to the right.
    ///
    /// @param line where it stands
    /// @param width the bits of what is shifted
    /// @param ofElement whether that is an element of a buffer
    /// @param distance how far, where the code spells it out
    private record Shift(int line, int width, boolean ofElement, @Nullable Long distance) {

        /// Whether a mask leaves only bits that every backend makes the same way.
        boolean isMaskedBy(@Nullable Long mask) {
            if (distance == null || mask == null) {
                return true;
            }
            long kept = width - distance % width;
            return kept >= Long.SIZE || (mask & (-1L >>> (Long.SIZE - width))) >>> kept == 0;
        }
    }

    void clear() {
        shifts.clear();
        signed.clear();
        elementLines.clear();
    }

    /// Notes a shift, by number of the instruction.
    void add(int number, int line, int width, boolean ofElement, @Nullable Long distance) {
        shifts.put(number, new Shift(line, width, ofElement, distance));
    }

    /// Notes a division, which is a shift if a compiler knows that it is by a power of two.
    void divide(int number, int line, Origin value, Origin divisor) {
        if (divisor.constant()) {
            signed.add(number);
        }
        Long by = divisor.value();
        if (value.element() && by != null && by > 1 && Long.bitCount(by) == 1) {
            elementLines.add(line);
        }
    }

    /// A value is computed with. If it is the result of a shift, its upper bits count.
    Origin used(Origin value) {
        value.shifts().forEach(this::countsWhole);
        return value;
    }

    /// Of a value only the bits of a mask are used.
    ///
    /// @param mask null if the code does not spell it out
    void masked(Origin value, @Nullable Long mask) {
        for (int number : value.shifts()) {
            Shift shift = shifts.get(number);
            if (shift != null && !shift.isMaskedBy(mask)) {
                countsWhole(number);
            }
        }
    }

    private void countsWhole(int number) {
        Shift shift = shifts.get(number);
        if (shift != null) {
            signed.add(number);
            if (shift.ofElement) {
                elementLines.add(shift.line);
            }
        }
    }

    /// The instructions whose operand must not be negative.
    Set<Integer> signed() {
        return signed;
    }

    /// The lines where the operand is an element of a buffer, of which nothing is known.
    Set<Integer> elementLines() {
        return elementLines;
    }
}
