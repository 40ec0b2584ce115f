package io.tornadogpt.emulator.engine;

import io.tornadogpt.emulator.EmulatorFinding;
import io.tornadogpt.emulator.EmulatorFinding.Kind;

import org.jspecify.annotations.Nullable;

import java.lang.reflect.Array;
import java.util.concurrent.locks.ReentrantLock;

/// What a [CheckedKernel] calls: each of its accesses to an array, each barrier and each round.
///
/// The calls are static, because a kernel's helpers need not know its context. So one launch runs
/// at a time, whichever plan it belongs to.
public final class Watch {

    private static final ReentrantLock ONE_LAUNCH = new ReentrantLock();

    private static @Nullable Monitor monitor;

    private Watch() {}

    /// Watches a launch on behalf of a monitor.
    static void launch(Monitor launching, Runnable launch) {
        ONE_LAUNCH.lock();
        try {
            launching.localMemory().clear();
            monitor = launching;
            launch.run();
        } finally {
            monitor = null;
            ONE_LAUNCH.unlock();
        }
    }

    private static @Nullable ArrayShadow shadow(Object array) {
        Monitor running = monitor;
        if (running == null) {
            return null;
        }
        ArrayShadow shadow = running.localMemory().find(array);
        if (shadow == null) {
            PrivateMemory memory = running.privateMemory();
            shadow = memory == null ? null : memory.find(array);
        }
        return shadow;
    }

    /// A private array was made.
    public static void created(Object array, String variable) {
        Monitor running = monitor;
        PrivateMemory memory = running == null ? null : running.privateMemory();
        if (running != null && memory != null) {
            memory.add(running, array, Array.getLength(array)).name(variable);
        }
    }

    /// An array was assigned to a variable.
    public static void named(Object array, String variable) {
        ArrayShadow shadow = shadow(array);
        if (shadow != null) {
            shadow.name(variable);
        }
    }

    /// An element is about to be read.
    public static void load(Object array, int index) {
        ArrayShadow shadow = shadow(array);
        if (shadow != null) {
            shadow.read(index);
        }
    }

    private static void write(Object array, int index) {
        ArrayShadow shadow = shadow(array);
        if (shadow != null) {
            shadow.write(index);
        }
    }

    /// An element of a local array is about to be updated in one atomic step.
    public static void atomic(Object array, int index) {
        ArrayShadow shadow = shadow(array);
        if (shadow != null) {
            shadow.atomic(index);
        }
    }

    /// Stores an element.
    public static void store(float[] array, int index, float value) {
        write(array, index);
        array[index] = value;
    }

    /// Stores an element.
    public static void store(int[] array, int index, int value) {
        write(array, index);
        array[index] = value;
    }

    /// Stores an element.
    public static void store(long[] array, int index, long value) {
        write(array, index);
        array[index] = value;
    }

    /// Stores an element.
    public static void store(double[] array, int index, double value) {
        write(array, index);
        array[index] = value;
    }

    /// Stores an element.
    public static void store(short[] array, int index, int value) {
        write(array, index);
        array[index] = (short) value;
    }

    /// Stores an element.
    public static void store(char[] array, int index, int value) {
        write(array, index);
        array[index] = (char) value;
    }

    /// Stores an element.
    public static void store(Object[] array, int index, Object value) {
        write(array, index);
        array[index] = value;
    }

    /// Stores an element of a `byte[]` or a `boolean[]`, which have one instruction in common.
    public static void storeByte(Object array, int index, int value) {
        write(array, index);
        switch (array) {
            case byte[] bytes -> bytes[index] = (byte) value;
            case boolean[] booleans -> booleans[index] = (value & 1) != 0;
            default -> throw new IllegalArgumentException("no array of bytes: " + array);
        }
    }

    /// A barrier is about to be waited at.
    ///
    /// @param site the line and number of the call in the code
    public static void barrier(int site) {
        WorkItem item = item();
        if (item != null) {
            item.comesTo(site);
        }
    }

    /// A helper that waits at barriers is about to be called.
    public static void enter(int site) {
        WorkItem item = item();
        if (item != null) {
            item.enters(site);
        }
    }

    /// A helper that waits at barriers has returned.
    public static void leave() {
        WorkItem item = item();
        if (item != null) {
            item.leaves();
        }
    }

    /// What is stored next in a buffer is the same for every work-item.
    public static void constant() {
        Monitor running = monitor;
        if (running != null) {
            running.constant = true;
        }
    }

    private static @Nullable WorkItem item() {
        Monitor running = monitor;
        return running == null ? null : running.item();
    }

    /// A round of a `@Parallel` loop begins, if the loop is not at its end.
    public static void round(int depth, int value) {
        Rounds rounds = monitor == null ? null : monitor.rounds();
        if (rounds != null) {
            rounds.round(depth, value);
        }
    }

    /// A `@Parallel` loop has ended.
    public static void end(int depth) {
        Rounds rounds = monitor == null ? null : monitor.rounds();
        if (rounds != null) {
            rounds.end(depth);
        }
    }

    /// `value >> distance`.
    public static int shift(int value, int distance) {
        if (value < 0 && (distance & 31) != 0) {
            throw negative("shifts " + value + " to the right by >>");
        }
        return value >> distance;
    }

    /// `value >> distance`.
    public static long shift(long value, int distance) {
        if (value < 0 && (distance & 63) != 0) {
            throw negative("shifts " + value + " to the right by >>");
        }
        return value >> distance;
    }

    /// `value >>> distance`.
    public static int unsignedShift(int value, int distance) {
        if (value < 0 && (distance & 31) != 0) {
            throw negative("shifts " + value + " to the right by >>>");
        }
        return value >>> distance;
    }

    /// `value >>> distance`.
    public static long unsignedShift(long value, int distance) {
        if (value < 0 && (distance & 63) != 0) {
            throw negative("shifts " + value + " to the right by >>>");
        }
        return value >>> distance;
    }

    /// `value / divisor`, the divisor a constant to a compiler.
    public static int divide(int value, int divisor) {
        if (value < 0 && divisor > 1 && Integer.bitCount(divisor) == 1) {
            throw negative("divides " + value + " by " + divisor);
        }
        return value / divisor;
    }

    /// `value / divisor`, the divisor a constant to a compiler.
    public static long divide(long value, long divisor) {
        if (value < 0 && divisor > 1 && Long.bitCount(divisor) == 1) {
            throw negative("divides " + value + " by " + divisor);
        }
        return value / divisor;
    }

    private static EmulatorFinding negative(String text) {
        EmulatorFinding.Builder finding =
                monitor == null
                        ? EmulatorFinding.of(Kind.NEGATIVE)
                        : monitor.finding(Kind.NEGATIVE);
        return finding.saying(text + ". " + NEGATIVE_ADVICE);
    }

    static final String NEGATIVE_ADVICE =
            "Of a negative number, backends make different things: >>> shifts the sign in on OpenCL"
                    + " and SPIR-V, >> shifts zeros in on PTX and SPIR-V, and a division by a power"
                    + " of two rounds downwards on all. Mask the result, (x >> k) & mask, or keep"
                    + " the number from being negative";
}
