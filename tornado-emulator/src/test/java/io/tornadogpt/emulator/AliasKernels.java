package io.tornadogpt.emulator;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/// Kernels named after what they do with their arrays, in order: read, write, or modify.
public final class AliasKernels {

    private AliasKernels() {}

    /// Reads x, writes y.
    public static void readWrite(FloatArray x, FloatArray y, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            y.set(i, x.get(i));
        }
    }

    /// Writes x in a helper, reads y.
    public static void writeRead(FloatArray x, FloatArray y, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            store(i, n > 1000 ? 0.0f : y.get(i), x);
        }
    }

    private static void store(int i, float value, FloatArray target) {
        target.set(i, value);
    }

    /// Writes both.
    public static void writeWrite(FloatArray x, FloatArray y, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            x.set(i, 1.0f);
            y.set(i, 2.0f);
        }
    }

    /// Reads x, modifies y.
    public static void readModify(FloatArray x, FloatArray y, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            y.set(i, x.get(i) + y.get(i));
        }
    }

    /// Modifies x, reads y.
    public static void modifyRead(FloatArray x, FloatArray y, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            x.set(i, x.get(i) + y.get(i));
        }
    }

    /// Reads x and z, writes y between them.
    public static void readWriteRead(FloatArray x, FloatArray y, FloatArray z, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            y.set(i, x.get(i) + z.get(i));
        }
    }

    /// Has code that writes x and never runs, which counts for TornadoVM.
    public static void neverWrites(FloatArray x, FloatArray y, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            if (n < 0) {
                x.set(i, 1.0f);
            }
            y.set(i, x.get(i));
        }
    }
}
