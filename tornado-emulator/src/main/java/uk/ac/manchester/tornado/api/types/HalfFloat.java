package uk.ac.manchester.tornado.api.types;

/// A float of 16 bits (IEEE 754 binary16).
public class HalfFloat {

    private final short bits;

    /// Rounds a float.
    public HalfFloat(float value) {
        this.bits = Float.floatToFloat16(value);
    }

    /// Takes the bits as they are.
    public HalfFloat(short bits) {
        this.bits = bits;
    }

    /// The sum, rounded.
    public static HalfFloat add(HalfFloat a, HalfFloat b) {
        return new HalfFloat(a.getFloat32() + b.getFloat32());
    }

    /// The difference, rounded.
    public static HalfFloat sub(HalfFloat a, HalfFloat b) {
        return new HalfFloat(a.getFloat32() - b.getFloat32());
    }

    /// The product, rounded.
    public static HalfFloat mult(HalfFloat a, HalfFloat b) {
        return new HalfFloat(a.getFloat32() * b.getFloat32());
    }

    /// The quotient, rounded.
    public static HalfFloat div(HalfFloat a, HalfFloat b) {
        return new HalfFloat(a.getFloat32() / b.getFloat32());
    }

    /// The bits.
    public short getHalfFloatValue() {
        return bits;
    }

    /// The value.
    public float getFloat32() {
        return Float.float16ToFloat(bits);
    }

    @Override
    public String toString() {
        return Float.toString(getFloat32());
    }
}
