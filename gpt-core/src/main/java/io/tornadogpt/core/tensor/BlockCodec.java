package io.tornadogpt.core.tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// Blocks of [#ELEMENTS] numbers with a common scale, as GGUF files have them: numbers to blocks
/// and back. What is written is what the Python package `gguf` 0.19 writes, bit for bit.
///
/// A block begins with its scale, a binary16 in little-endian order. Quotients are taken by the
/// scale before it is rounded to 16 bits.
public final class BlockCodec {
    /// Elements of a block, of every quantized type.
    public static final int ELEMENTS = 32;

    private static final int SCALE_BYTES = Short.BYTES;
    private static final int HALF = ELEMENTS / 2;

    /// As binary16.
    private static final short NOT_A_NUMBER = 0x7E00;

    private static final ValueLayout.OfShort SCALE =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;

    private BlockCodec() {}

    /// Writes the first `count` numbers as blocks to the start of `to`.
    ///
    /// @param type a quantized one
    /// @param count whole blocks
    /// @throws IllegalArgumentException where a number is not finite, or too large for a scale of
    ///   binary16
    public static void encode(DType type, float[] values, int count, MemorySegment to) {
        requireBlocks(type, count);
        for (int from = 0; from < count; from += ELEMENTS) {
            long at = type.bytes(from);
            switch (type) {
                case Q8_0 -> eightBits(values, from, to, at);
                case Q4_0 -> fourBits(values, from, to, at);
                default -> throw noBlocks(type);
            }
        }
    }

    /// Writes `count` numbers as blocks of Q8_0, for what is made while a program runs: where
    /// [#encode] refuses a number, the whole block becomes NaN.
    ///
    /// @param values `count` of them, from `from` on
    /// @param count whole blocks
    /// @param at first byte of the blocks
    public static void encodeComputed(
            float[] values, int from, int count, MemorySegment to, long at) {
        requireBlocks(DType.Q8_0, count);
        for (int i = 0; i < count; i += ELEMENTS) {
            long block = at + DType.Q8_0.bytes(i);
            if (fits(values, from + i)) {
                eightBits(values, from + i, to, block);
            } else {
                to.asSlice(block, DType.Q8_0.blockBytes()).fill((byte) 0);
                to.set(SCALE, block, NOT_A_NUMBER);
            }
        }
    }

    private static boolean fits(float[] values, int from) {
        float largest = 0;
        for (int i = from; i < from + ELEMENTS; i++) {
            if (!Float.isFinite(values[i])) {
                return false;
            }
            largest = Math.max(largest, Math.abs(values[i]));
        }
        return !Float.isInfinite(Float.float16ToFloat(Float.floatToFloat16(largest / 127)));
    }

    /// Reads blocks from the start of `from` into the first `count` numbers.
    ///
    /// @param type a quantized one
    /// @param count whole blocks
    public static void decode(DType type, MemorySegment from, float[] values, int count) {
        requireBlocks(type, count);
        for (int to = 0; to < count; to += ELEMENTS) {
            long at = type.bytes(to);
            float scale = Float.float16ToFloat(from.get(SCALE, at));
            long numbers = at + SCALE_BYTES;
            switch (type) {
                case Q8_0 -> {
                    for (int i = 0; i < ELEMENTS; i++) {
                        values[to + i] = scale * from.get(BYTE, numbers + i);
                    }
                }
                case Q4_0 -> {
                    for (int i = 0; i < HALF; i++) {
                        int both = from.get(BYTE, numbers + i);
                        values[to + i] = scale * ((both & 0xF) - 8);
                        values[to + HALF + i] = scale * ((both >>> 4 & 0xF) - 8);
                    }
                }
                default -> throw noBlocks(type);
            }
        }
    }

    /// The largest magnitude becomes 127.
    private static void eightBits(float[] values, int from, MemorySegment to, long at) {
        float largest = Math.abs(values[farthest(values, from)]);
        float scale = largest / 127;
        float inverse = inverse(scale);
        to.set(SCALE, at, half(scale, values, from));
        for (int i = 0; i < ELEMENTS; i++) {
            to.set(BYTE, at + SCALE_BYTES + i, (byte) rounded(values[from + i] * inverse));
        }
    }

    /// The number of the largest magnitude becomes -8, so the sign of the scale is against its own.
    private static void fourBits(float[] values, int from, MemorySegment to, long at) {
        float scale = values[farthest(values, from)] / -8;
        float inverse = inverse(scale);
        to.set(SCALE, at, half(scale, values, from));
        for (int i = 0; i < HALF; i++) {
            int low = fourBits(values[from + i], inverse);
            int high = fourBits(values[from + HALF + i], inverse);
            to.set(BYTE, at + SCALE_BYTES + i, (byte) (low | high << 4));
        }
    }

    private static int fourBits(float value, float inverse) {
        return Math.clamp((int) (value * inverse + 8.5f), 0, 15);
    }

    /// Index of the first number of the largest magnitude.
    private static int farthest(float[] values, int from) {
        int farthest = from;
        for (int i = from; i < from + ELEMENTS; i++) {
            if (!Float.isFinite(values[i])) {
                throw tooLarge(values, i);
            }
            if (Math.abs(values[i]) > Math.abs(values[farthest])) {
                farthest = i;
            }
        }
        return farthest;
    }

    /// 0 where there is none: then all numbers of the block are too small for a scale of binary16.
    private static float inverse(float scale) {
        float inverse = 1 / scale;
        return Float.isInfinite(inverse) ? 0 : inverse;
    }

    private static short half(float scale, float[] values, int from) {
        short half = Float.floatToFloat16(scale);
        if (Float.isInfinite(Float.float16ToFloat(half))) {
            throw tooLarge(values, farthest(values, from));
        }
        return half;
    }

    /// To the nearest whole number, halves away from zero.
    private static int rounded(float value) {
        float magnitude = Math.abs(value);
        int whole = (int) magnitude;
        int nearest = magnitude - whole >= 0.5f ? whole + 1 : whole;
        return value < 0 ? -nearest : nearest;
    }

    private static void requireBlocks(DType type, int count) {
        if (!type.quantized()) {
            throw noBlocks(type);
        }
        type.bytes(count);
    }

    private static IllegalArgumentException noBlocks(DType type) {
        return new IllegalArgumentException(type + " has no blocks; expected Q8_0 or Q4_0");
    }

    private static IllegalArgumentException tooLarge(float[] values, int index) {
        return new IllegalArgumentException(
                "number %s at index %d cannot be quantized: the scale of its block would not fit in"
                                .formatted(values[index], index)
                        + " 16 bits; keep these numbers as F32");
    }
}
