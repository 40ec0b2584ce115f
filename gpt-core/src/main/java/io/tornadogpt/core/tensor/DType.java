package io.tornadogpt.core.tensor;

/// The element types a program computes with. Files know more (`F16`); they are converted when
/// weights are read.
public enum DType {
    /// IEEE 754 binary32.
    F32(4),
    /// The upper half of an F32 (bfloat16): weights that are only read, for half the memory. What
    /// is computed from them is F32.
    BF16(2),
    /// Signed 32-bit integers: token ids, positions, keys of the random number generator.
    I32(4);

    private final int bytes;

    DType(int bytes) {
        this.bytes = bytes;
    }

    /// The size of one element in bytes.
    public int bytes() {
        return bytes;
    }
}
