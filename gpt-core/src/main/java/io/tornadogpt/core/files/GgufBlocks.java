package io.tornadogpt.core.files;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Numbers of the blocks of GGUF files that no program holds: they are read, and become floats.
///
/// Source: `ggml-common.h` and `ggml-quants.c` of the ggml project.
final class GgufBlocks {
    private static final int BLOCK = 32;
    private static final int SUPER_BLOCK = 256;
    private static final int SCALES = 12; // bytes with eight scales and minima of six bits

    private GgufBlocks() {}

    /// Decodes whole blocks into the start of `to`.
    static void decode(StorageType type, MemorySegment from, float[] to) {
        int bytes = type.bits() / Byte.SIZE;
        for (int block = 0; (long) block * bytes < from.byteSize(); block++) {
            MemorySegment one = from.asSlice((long) block * bytes, bytes);
            int at = block * type.blockElements();
            switch (type) {
                case Q4_1, Q5_0, Q5_1 -> small(type, one, to, at);
                case Q4_K, Q5_K -> scaled(type, one, to, at);
                case Q6_K -> sixBits(one, to, at);
                default -> throw new IllegalArgumentException(type + " has no blocks to decode");
            }
        }
    }

    private static float half(MemorySegment block, long at) {
        return Float.float16ToFloat(block.get(Conversion.SHORT, at));
    }

    private static int octet(MemorySegment block, long at) {
        return Byte.toUnsignedInt(block.get(ValueLayout.JAVA_BYTE, at));
    }

    /// A scale, perhaps a minimum, perhaps the fifth bits of all numbers, and four bits of each:
    /// those of number i beside those of number i + 16.
    private static void small(StorageType type, MemorySegment block, float[] to, int at) {
        float scale = half(block, 0);
        boolean hasMinimum = type != StorageType.Q5_0;
        boolean hasFifthBits = type != StorageType.Q4_1;
        float minimum = hasMinimum ? half(block, 2) : -16 * scale;
        int header = hasMinimum ? 4 : 2;
        int fifthBits = hasFifthBits ? block.get(Conversion.INT, header) : 0;
        int numbers = header + (hasFifthBits ? Integer.BYTES : 0);
        for (int i = 0; i < BLOCK / 2; i++) {
            int both = octet(block, numbers + i);
            int low = both & 0xF | (fifthBits >>> i & 1) << 4;
            int high = both >>> 4 | (fifthBits >>> (i + BLOCK / 2) & 1) << 4;
            to[at + i] = scale * low + minimum;
            to[at + i + BLOCK / 2] = scale * high + minimum;
        }
    }

    /// Eight parts of 32 numbers, each with a scale and a minimum of six bits, which are multiples
    /// of two halves.
    private static void scaled(StorageType type, MemorySegment block, float[] to, int at) {
        float scale = half(block, 0);
        float minimum = half(block, 2);
        boolean hasFifthBits = type == StorageType.Q5_K;
        int scales = 4;
        int fifthBits = scales + SCALES;
        int numbers = fifthBits + (hasFifthBits ? BLOCK : 0);
        for (int part = 0; part < SUPER_BLOCK / BLOCK; part++) {
            float times = scale * scaleOf(block, scales, part);
            float less = minimum * minimumOf(block, scales, part);
            int shift = part % 2 * 4;
            for (int i = 0; i < BLOCK; i++) {
                int number = octet(block, numbers + part / 2 * BLOCK + i) >>> shift & 0xF;
                if (hasFifthBits) {
                    number |= (octet(block, fifthBits + i) >>> part & 1) << 4;
                }
                to[at + part * BLOCK + i] = times * number - less;
            }
        }
    }

    /// The scales of the first four parts are the lower six bits of four bytes; those of the others
    /// have their lower four bits behind, and their upper two above the first.
    private static int scaleOf(MemorySegment block, int scales, int part) {
        return part < 4
                ? octet(block, scales + part) & 63
                : octet(block, scales + part + 4) & 0xF
                        | octet(block, scales + part - 4) >>> 6 << 4;
    }

    private static int minimumOf(MemorySegment block, int scales, int part) {
        return part < 4
                ? octet(block, scales + part + 4) & 63
                : octet(block, scales + part + 4) >>> 4 | octet(block, scales + part) >>> 6 << 4;
    }

    /// Two halves of 128 numbers: the lower four bits of all, the upper two of all, then signed
    /// scales of 16 numbers each, and the half that they are multiples of.
    private static void sixBits(MemorySegment block, float[] to, int at) {
        int upperBits = SUPER_BLOCK / 2;
        int scales = upperBits + SUPER_BLOCK / 4;
        float scale = half(block, scales + SUPER_BLOCK / 16);
        for (int i = 0; i < SUPER_BLOCK; i++) {
            int side = i / 128;
            int quarter = i % 128 / BLOCK;
            int column = i % BLOCK;
            int low =
                    octet(block, side * 64 + quarter % 2 * BLOCK + column) >>> quarter / 2 * 4
                            & 0xF;
            int high = octet(block, upperBits + side * BLOCK + column) >>> quarter * 2 & 3;
            int times = block.get(ValueLayout.JAVA_BYTE, scales + i / 16);
            to[at + i] = scale * times * ((low | high << 4) - 32);
        }
    }
}
