package io.tornadogpt.core.tensor;

/// Numbers of 16 bits: the upper half of an IEEE 754 binary32 (Wang and Kanwar, "BFloat16: The
/// secret to high performance on Cloud TPUs", 2019).
public final class BFloat16 {
    private static final int QUIET = 0x40; // keeps a NaN of low payload a NaN

    private BFloat16() {}

    /// The bits of the nearest number, ties to even; NaN stays NaN.
    public static short of(float value) {
        int bits = Float.floatToRawIntBits(value);
        if (Float.isNaN(value)) {
            return (short) (bits >>> Short.SIZE | QUIET);
        }
        int roundUp = 0x7FFF + (bits >>> Short.SIZE & 1);
        return (short) (bits + roundUp >>> Short.SIZE);
    }

    /// The number behind the bits, exactly.
    public static float toFloat(short bits) {
        return Float.intBitsToFloat(bits << Short.SIZE);
    }

    /// The bits of each of some numbers.
    public static short[] ofAll(float... values) {
        var halves = new short[values.length];
        for (int i = 0; i < halves.length; i++) {
            halves[i] = of(values[i]);
        }
        return halves;
    }

    /// The numbers behind bits.
    public static float[] toFloats(short... bits) {
        var values = new float[bits.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = toFloat(bits[i]);
        }
        return values;
    }
}
