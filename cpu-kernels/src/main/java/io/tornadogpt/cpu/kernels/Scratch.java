package io.tornadogpt.cpu.kernels;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/// Arrays that one thread works in. They are kept from call to call and grow to the largest size
/// asked for; what they hold at the start of a unit is whatever the last one left.
final class Scratch {
    private float[][] floats = new float[0][];
    private double[] doubles = new double[0];
    private MemorySegment memory = MemorySegment.NULL;
    private @Nullable Object held;

    /// An array of at least `length` floats. Two numbers name two arrays.
    float[] floats(int number, int length) {
        if (number >= floats.length) {
            floats = Arrays.copyOf(floats, number + 1);
        }
        float[] array = floats[number];
        if (array == null || array.length < length) {
            array = new float[length];
            floats[number] = array;
        }
        return array;
    }

    /// Whether the arrays still hold what was put there for one kernel's run, whose units may
    /// follow each other on a thread.
    boolean holds(Object run) {
        return held == run;
    }

    /// Says that the arrays hold what a kernel's run is to find there in its next unit.
    void hold(Object run) {
        held = run;
    }

    /// An array of at least `length` doubles, always the same.
    double[] doubles(int length) {
        if (doubles.length < length) {
            doubles = new double[length];
        }
        return doubles;
    }

    /// Off-heap memory of at least that many bytes, always the same, in which vectors are aligned.
    MemorySegment memory(long bytes) {
        if (memory.byteSize() < bytes) {
            memory = Arena.ofAuto().allocate(bytes, Lanes.BYTES);
        }
        return memory;
    }
}
