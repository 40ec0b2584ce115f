package io.tornadogpt.emulator;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

import java.util.function.IntUnaryOperator;

/// Kernels that are right in Java, and that TornadoVM refuses or translates into something else.
/// `x` has 8 elements: -4, -3 and so on.
@SuppressWarnings({"checkstyle:MethodName", "SynchronizeOnNonFinalField"})
public final class RefusedKernels {

    private static final float[] TABLE = {0.5f, 0.25f, 0.125f};

    @SuppressWarnings("NonFinalStaticField")
    private static float factor = 2f;

    private RefusedKernels() {}

    /// Throws.
    public static void throwsAtNegative(KernelContext context, IntArray x, FloatArray out) {
        if (x.get(context.globalIdx) < -100) {
            throw new IllegalArgumentException("negative");
        }
        out.set(context.globalIdx, 1f);
    }

    /// A helper throws.
    public static void helperThrows(KernelContext context, IntArray x, FloatArray out) {
        out.set(context.globalIdx, root(x.get(context.globalIdx)));
    }

    private static float root(int value) {
        if (value < -100) {
            throw new ArithmeticException();
        }
        return TornadoMath.sqrt(value * value);
    }

    /// Asserts.
    public static void asserts(KernelContext context, IntArray x, FloatArray out) {
        assert x.get(context.globalIdx) > -100;
        out.set(context.globalIdx, 1f);
    }

    /// `Math.fma`.
    public static void fusesItself(KernelContext context, IntArray x, FloatArray out) {
        out.set(context.globalIdx, Math.fma(2f, x.get(context.globalIdx), 1f));
    }

    /// A static array.
    public static void staticArray(KernelContext context, IntArray x, FloatArray out) {
        out.set(context.globalIdx, TABLE[x.get(context.globalIdx) & 1]);
    }

    /// A static field that may change.
    public static void staticField(KernelContext context, IntArray x, FloatArray out) {
        out.set(context.globalIdx, factor * x.get(context.globalIdx));
    }

    /// A static field that is changed.
    public static void changesStaticField(KernelContext context, IntArray x, FloatArray out) {
        factor = 3f;
        out.set(context.globalIdx, x.get(context.globalIdx));
    }

    /// A static object.
    public static void prints(KernelContext context, IntArray x, FloatArray out) {
        System.out.println(x.get(context.globalIdx));
        out.set(context.globalIdx, 1f);
    }

    /// The clock.
    public static void looksAtTheClock(KernelContext context, IntArray x, FloatArray out) {
        out.set(context.globalIdx, System.nanoTime() > 0 ? x.get(context.globalIdx) : 0f);
    }

    /// An object.
    public static void makesAnObject(KernelContext context, IntArray x, FloatArray out) {
        out.set(context.globalIdx, new StringBuilder().append(x.get(0)).length());
    }

    /// A text.
    public static void joinsText(KernelContext context, IntArray x, FloatArray out) {
        String text = "x" + x.get(context.globalIdx);
        out.set(context.globalIdx, text.length());
    }

    /// A lambda.
    public static void lambda(KernelContext context, IntArray x, FloatArray out) {
        IntUnaryOperator twice = value -> 2 * value;
        out.set(context.globalIdx, twice.applyAsInt(x.get(context.globalIdx)));
    }

    /// A lock.
    public static void locks(KernelContext context, IntArray x, FloatArray out) {
        synchronized (x) {
            out.set(context.globalIdx, x.get(context.globalIdx));
        }
    }

    /// A handler.
    public static void catches(KernelContext context, IntArray x, FloatArray out) {
        int value = 0;
        try {
            value = 8 / x.get(context.globalIdx);
        } catch (ArithmeticException e) {
            value = 1;
        }
        out.set(context.globalIdx, value);
    }

    /// Rows of a private array.
    public static void arrayOfArrays(KernelContext context, IntArray x, FloatArray out) {
        float[][] square = new float[2][2];
        square[1][1] = x.get(context.globalIdx);
        out.set(context.globalIdx, square[1][1]);
    }

    /// Calls itself.
    public static void recursive(KernelContext context, IntArray x, FloatArray out) {
        out.set(context.globalIdx, factorial(x.get(context.globalIdx) & 3));
    }

    private static int factorial(int n) {
        return n < 2 ? 1 : n * factorial(n - 1);
    }

    /// The bits of a float.
    public static void looksAtBits(KernelContext context, IntArray x, FloatArray out) {
        out.set(context.globalIdx, Float.floatToRawIntBits(x.get(context.globalIdx)) & 1);
    }

    /// A number that is none.
    public static void notANumber(KernelContext context, IntArray x, FloatArray out) {
        out.set(context.globalIdx, x.get(context.globalIdx) < 0 ? Float.NaN : 1f);
    }

    /// A root in double precision.
    public static void doubleRoot(KernelContext context, IntArray x, FloatArray out) {
        int value = x.get(context.globalIdx);
        out.set(context.globalIdx, (float) Math.sqrt(value * value));
    }

    /// A constant in double precision.
    public static void doubleConstant(KernelContext context, IntArray x, FloatArray out) {
        out.set(context.globalIdx, (float) (x.get(context.globalIdx) * 0.1));
    }

    /// A private array in double precision.
    public static void doubleArray(KernelContext context, IntArray x, FloatArray out) {
        double[] sums = new double[1];
        sums[0] = x.get(context.globalIdx);
        out.set(context.globalIdx, (float) sums[0]);
    }

    /// The name of a function.
    public static void exp(KernelContext context, IntArray x, FloatArray out) {
        out.set(context.globalIdx, x.get(context.globalIdx));
    }

    /// The name of a function.
    public static void isnan(KernelContext context, IntArray x, FloatArray out) {
        out.set(context.globalIdx, x.get(context.globalIdx));
    }

    /// The name of a function.
    public static void rotate(KernelContext context, IntArray x, FloatArray out) {
        out.set(context.globalIdx, x.get(context.globalIdx));
    }

    /// The name of a type.
    public static void half(KernelContext context, IntArray x, FloatArray out) {
        out.set(context.globalIdx, x.get(context.globalIdx));
    }

    /// The name of a type.
    public static void int8(KernelContext context, IntArray x, FloatArray out) {
        out.set(context.globalIdx, x.get(context.globalIdx));
    }

    /// The name of a type, in lower case and with an underscore.
    public static void size_t(KernelContext context, IntArray x, FloatArray out) {
        out.set(context.globalIdx, x.get(context.globalIdx));
    }

    /// A keyword.
    public static void kernel(KernelContext context, IntArray x, FloatArray out) {
        out.set(context.globalIdx, x.get(context.globalIdx));
    }

    /// A hash whose sign comes in.
    public static void hash(KernelContext context, IntArray x, FloatArray out) {
        int h = (context.globalIdx + 1) * 0x9E3779B9;
        h ^= h >>> 15;
        out.set(context.globalIdx, (h & 0xFF) + x.get(0));
    }

    /// A mask that lets copies of the sign through.
    public static void wideMask(KernelContext context, IntArray x, FloatArray out) {
        int h = (context.globalIdx + 1) * 0x9E3779B9;
        out.set(context.globalIdx, (h >>> 28 & 0xFF) + x.get(0));
    }

    /// A shift of a negative number.
    public static void halfOfNegative(KernelContext context, IntArray x, FloatArray out) {
        int left = context.globalIdx - 3 >> 1;
        out.set(context.globalIdx, left + x.get(0));
    }

    /// A shift of what may be negative.
    public static void halfOfElement(KernelContext context, IntArray x, FloatArray out) {
        out.set(context.globalIdx, x.get(context.globalIdx) >> 1);
    }

    /// A division of a negative number by a power of two.
    public static void quarterOfNegative(KernelContext context, IntArray x, FloatArray out) {
        int left = (context.globalIdx - 3) / 4;
        out.set(context.globalIdx, left + x.get(0));
    }

    /// A division of what may be negative.
    public static void quarterOfElement(KernelContext context, IntArray x, FloatArray out) {
        int quarter = x.get(context.globalIdx) / 4;
        out.set(context.globalIdx, quarter);
    }

    /// A shift of a long.
    public static void hashOfLong(KernelContext context, IntArray x, FloatArray out) {
        long h = (context.globalIdx + 1) * 0x9E3779B97F4A7C15L;
        h ^= h >>> 32;
        out.set(context.globalIdx, (int) (h & 0xFF) + x.get(0));
    }

    /// A rotation, which is a shift.
    public static void rotates(KernelContext context, IntArray x, FloatArray out) {
        out.set(context.globalIdx, Integer.rotateLeft(x.get(context.globalIdx), 3) & 7);
    }

    /// The shift is in a helper.
    public static void hashOfHelper(KernelContext context, IntArray x, FloatArray out) {
        out.set(context.globalIdx, mixed(context.globalIdx - 5) + x.get(0));
    }

    private static int mixed(int value) {
        int h = value * 31;
        return h ^ h >> 7;
    }

    /// Shifts and divisions that are right everywhere.
    public static void masked(KernelContext context, IntArray x, FloatArray out) {
        int h = (context.globalIdx + 1) * 0x9E3779B9;
        int low = h >>> 9 & 0x7FFFFF;
        int later = h >> 3;
        byte top = (byte) (h >> 24);
        int rotated = h << 5 | h >> 27 & 31;
        int word = (int) ((long) h * h >> 16 & 0xFFFFFFFFL);
        int quotient = context.globalIdx / 4 + (context.globalIdx >> 1);
        int third = (context.globalIdx - 3) / 3;
        int flag = (later & 1) + top * 0 + rotated * 0 + word * 0;
        out.set(context.globalIdx, low + flag + quotient + third + (x.get(0) & 1));
    }

    /// In a loop.
    public static void inALoop(IntArray x, FloatArray out, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            out.set(i, (i - 3 >> 1) + x.get(i));
        }
    }
}
