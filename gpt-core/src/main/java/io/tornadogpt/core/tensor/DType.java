package io.tornadogpt.core.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// The element types a program computes with. Files know more (`F16`); they are converted when
/// weights are read.
///
/// [#Q8_0] and [#Q4_0] are blocks of 32 elements with a common scale, which lie in memory as they
/// do in GGUF files. A tensor of these types consists of whole blocks along its last dimension: a
/// weight of `[out, in]` has blocks of inputs.
public enum DType {
    /// IEEE 754 binary32.
    F32(1, 4),
    /// The upper half of an F32 (bfloat16): weights that are only read, for half the memory. What
    /// is computed from them is F32.
    BF16(1, 2),
    /// Weights that are only read, 8.5 bits each: the scale of a block as binary16, then 32 signed
    /// bytes. An element is scale times byte.
    Q8_0(BlockCodec.ELEMENTS, BlockCodec.ELEMENTS + 2),
    /// Weights that are only read, 4.5 bits each: the scale of a block as binary16, then 16 bytes,
    /// of which byte i holds element i in its low and element i + 16 in its high four bits. An
    /// element is scale times (number - 8).
    Q4_0(BlockCodec.ELEMENTS, BlockCodec.ELEMENTS / 2 + 2),
    /// Signed 32-bit integers: token ids, positions, keys of the random number generator.
    I32(1, 4);

    private final int blockElements;
    private final int blockBytes;

    DType(int blockElements, int blockBytes) {
        this.blockElements = blockElements;
        this.blockBytes = blockBytes;
    }

    /// How many elements are stored together: 32 for the quantized types, 1 for all others.
    public int blockElements() {
        return blockElements;
    }

    /// The size of a block in bytes, which is that of an element where elements are stored alone.
    public int blockBytes() {
        return blockBytes;
    }

    /// Whether elements are stored in blocks with a common scale.
    public boolean quantized() {
        return blockElements > 1;
    }

    /// Whether this is a type of numbers that were rounded to take less memory, which operations
    /// read as F32: BF16 and the quantized types.
    public boolean rounds() {
        return this == BF16 || quantized();
    }

    /// The size of some elements in bytes.
    ///
    /// @param elements whole blocks
    /// @throws IllegalArgumentException where the last block is not whole
    public long bytes(long elements) {
        if (elements % blockElements != 0) {
            throw new IllegalArgumentException(
                    "%d elements of type %s were asked for; expected a multiple of %d"
                            .formatted(elements, this, blockElements));
        }
        return Math.multiplyExact(elements / blockElements, blockBytes);
    }

    /// Floats as this type stores them, in native byte order; the scales of blocks are
    /// little-endian on every machine. Each is rounded to the nearest number that the type has;
    /// blocks are those that GGUF's own tools write, to the bit.
    ///
    /// @param values whole blocks
    /// @throws IllegalArgumentException for I32, a part of a block, and where a quantized type is
    ///   asked for numbers that are not finite or too large for a scale of binary16
    public MemorySegment encode(float... values) {
        return switch (this) {
            case F32 -> MemorySegment.ofArray(values);
            case BF16 -> MemorySegment.ofArray(BFloat16.ofAll(values));
            case Q8_0, Q4_0 -> {
                var blocks = new byte[Math.toIntExact(bytes(values.length))];
                var segment = MemorySegment.ofArray(blocks);
                BlockCodec.encode(this, values, values.length, segment);
                yield segment;
            }
            case I32 -> throw noFloats();
        };
    }

    /// What [#encode] makes, as floats.
    ///
    /// @param stored whole elements or blocks
    /// @throws IllegalArgumentException for I32, and for a part of a block
    public float[] decode(MemorySegment stored) {
        if (stored.byteSize() % blockBytes != 0) {
            throw new IllegalArgumentException(
                    "%d bytes are no whole number of blocks of %s, which have %d bytes"
                            .formatted(stored.byteSize(), this, blockBytes));
        }
        return switch (this) {
            case F32 -> stored.toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
            case BF16 -> BFloat16.toFloats(stored.toArray(ValueLayout.JAVA_SHORT_UNALIGNED));
            case Q8_0, Q4_0 -> {
                long count = stored.byteSize() / blockBytes * blockElements;
                var values = new float[Math.toIntExact(count)];
                BlockCodec.decode(this, stored, values, values.length);
                yield values;
            }
            case I32 -> throw noFloats();
        };
    }

    private IllegalArgumentException noFloats() {
        return new IllegalArgumentException(this + " holds integers, no floats");
    }
}
