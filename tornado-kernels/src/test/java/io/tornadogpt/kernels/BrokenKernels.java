package io.tornadogpt.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/// Kernels that are right in Java and that no device can be given.
public final class BrokenKernels {
    private BrokenKernels() {}

    /// Makes objects: refused while the graph is built.
    public static void makesText(FloatArray in, FloatArray out) {
        for (@Parallel int i = 0; i < 1; i++) {
            out.set(i, String.format("%f", in.get(i)).length());
        }
    }

    /// Throws: refused while the graph is built.
    public static void throwsAtNegative(FloatArray in, FloatArray out) {
        for (@Parallel int i = 0; i < 1; i++) {
            if (in.get(i) < 0) {
                throw new IllegalStateException();
            }
            out.set(i, in.get(i));
        }
    }

    /// Locks: refused when the graph is run for the first time.
    @SuppressWarnings("SynchronizeOnNonFinalField")
    public static void locks(FloatArray in, FloatArray out) {
        for (@Parallel int i = 0; i < 1; i++) {
            synchronized (in) {
                out.set(i, in.get(i));
            }
        }
    }

    /// Has the name of a type of OpenCL: refused by the driver.
    @SuppressWarnings("checkstyle:MethodName")
    public static void size_t(FloatArray in, FloatArray out) {
        for (@Parallel int i = 0; i < 1; i++) {
            out.set(i, in.get(i));
        }
    }

    /// Nothing is wrong with it.
    public static void copies(FloatArray in, FloatArray out) {
        for (@Parallel int i = 0; i < 1; i++) {
            out.set(i, in.get(i));
        }
    }
}
