package io.tornadogpt.core.files;

import io.tornadogpt.core.tensor.BFloat16;
import io.tornadogpt.core.tensor.BlockCodec;
import io.tornadogpt.core.tensor.DType;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Stored numbers to Java's and back, block by block.
///
/// Blocks go through small arrays, which the JIT compiler turns into vector loops whatever the
/// alignment and byte order of the segments. Narrowing rounds to the nearest value, ties to even;
/// NaN stays NaN.
final class Conversion {
    /// Elements of a block: small enough that its arrays stay in the first-level cache.
    static final int BLOCK = 2048; // whole blocks of quantized types

    private static final ByteOrder STORED = ByteOrder.LITTLE_ENDIAN;
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(STORED);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(STORED);
    static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(STORED);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(STORED);
    static final ValueLayout.OfDouble DOUBLE = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(STORED);

    private Conversion() {}

    /// Reads `count` elements of a float type into `to`, a segment of native `float`s.
    static void toFloats(StorageType type, MemorySegment from, MemorySegment to, long count) {
        if (type == StorageType.F32) {
            MemorySegment.copy(from, FLOAT, 0, to, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, count);
            return;
        }
        var block = new Block(type, from);
        for (long start = 0; start < count; start += BLOCK) {
            int n = (int) Math.min(BLOCK, count - start);
            block.load(start, n);
            MemorySegment.copy(
                    block.floats, 0, to, ValueLayout.JAVA_FLOAT_UNALIGNED, start * Float.BYTES, n);
        }
    }

    /// Reads `count` elements of a float type into `to`, a segment of native `double`s.
    static void toDoubles(StorageType type, MemorySegment from, MemorySegment to, long count) {
        if (type == StorageType.F64) {
            MemorySegment.copy(from, DOUBLE, 0, to, ValueLayout.JAVA_DOUBLE_UNALIGNED, 0, count);
            return;
        }
        var block = new Block(type, from);
        var wide = new double[BLOCK];
        for (long start = 0; start < count; start += BLOCK) {
            int n = (int) Math.min(BLOCK, count - start);
            block.load(start, n);
            for (int i = 0; i < n; i++) {
                wide[i] = block.floats[i];
            }
            MemorySegment.copy(
                    wide, 0, to, ValueLayout.JAVA_DOUBLE_UNALIGNED, start * Double.BYTES, n);
        }
    }

    /// Element `index` of an integer type.
    static long integer(StorageType type, MemorySegment from, long index) {
        return switch (type) {
            case BOOL, U8 -> Byte.toUnsignedLong(from.get(ValueLayout.JAVA_BYTE, index));
            case I8 -> from.get(ValueLayout.JAVA_BYTE, index);
            case U16 -> Short.toUnsignedLong(from.get(SHORT, index * Short.BYTES));
            case I16 -> from.get(SHORT, index * Short.BYTES);
            case U32 -> Integer.toUnsignedLong(from.get(INT, index * Integer.BYTES));
            case I32 -> from.get(INT, index * Integer.BYTES);
            case I64 -> from.get(LONG, index * Long.BYTES);
            default -> throw new IllegalArgumentException(type + " is no integer type");
        };
    }

    /// Writes the first `count` floats as `type` (F32, F16, BF16, or whole blocks of Q8_0 or Q4_0)
    /// to the start of `to`.
    static void fromFloats(StorageType type, float[] from, int count, MemorySegment to) {
        switch (type) {
            case F32 -> MemorySegment.copy(from, 0, to, FLOAT, 0, count);
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    to.set(SHORT, (long) i * Short.BYTES, Float.floatToFloat16(from[i]));
                }
            }
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    to.set(SHORT, (long) i * Short.BYTES, BFloat16.of(from[i]));
                }
            }
            case Q8_0 -> BlockCodec.encode(DType.Q8_0, from, count, to);
            case Q4_0 -> BlockCodec.encode(DType.Q4_0, from, count, to);
            default ->
                    throw new IllegalArgumentException(
                            "floats are written as F32, F16, BF16, Q8_0 or Q4_0, not as " + type);
        }
    }

    /// A window on stored numbers that are not F32, as floats.
    private static final class Block {
        final float[] floats = new float[BLOCK];
        private final StorageType type;
        private final MemorySegment from;
        private final short[] halves;
        private final double[] doubles;

        Block(StorageType type, MemorySegment from) {
            this.type = type;
            this.from = from;
            this.halves = new short[type.bits() == Short.SIZE ? BLOCK : 0];
            this.doubles = new double[type == StorageType.F64 ? BLOCK : 0];
        }

        void load(long start, int count) {
            switch (type) {
                case F16 -> {
                    MemorySegment.copy(from, SHORT, start * Short.BYTES, halves, 0, count);
                    for (int i = 0; i < count; i++) {
                        floats[i] = Float.float16ToFloat(halves[i]);
                    }
                }
                case BF16 -> {
                    MemorySegment.copy(from, SHORT, start * Short.BYTES, halves, 0, count);
                    for (int i = 0; i < count; i++) {
                        floats[i] = BFloat16.toFloat(halves[i]);
                    }
                }
                case F64 -> {
                    MemorySegment.copy(from, DOUBLE, start * Double.BYTES, doubles, 0, count);
                    for (int i = 0; i < count; i++) {
                        floats[i] = (float) doubles[i];
                    }
                }
                case Q8_0, Q4_0 -> {
                    long at = type.bytes(start);
                    MemorySegment blocks = from.asSlice(at, type.bytes(count));
                    DType held = type == StorageType.Q8_0 ? DType.Q8_0 : DType.Q4_0;
                    BlockCodec.decode(held, blocks, floats, count);
                }
                case Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K -> {
                    MemorySegment blocks = from.asSlice(type.bytes(start), type.bytes(count));
                    GgufBlocks.decode(type, blocks, floats);
                }
                case F32 -> MemorySegment.copy(from, FLOAT, start * Float.BYTES, floats, 0, count);
                default -> throw new IllegalArgumentException(type + " is no float type");
            }
        }
    }
}
