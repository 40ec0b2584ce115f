package io.tornadogpt.kernels;

import io.tornadogpt.core.tensor.DType;

import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.ByteArray;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/// Numbers of fewer bits than a float, as they lie in a `ByteArray`: those of [DType#BF16],
/// [DType#Q8_0] and [DType#Q4_0], byte by byte as on the host, so nothing is converted on the way
/// to the device.
///
/// Kernels cannot look at the bits of a float, and OpenCL devices need not have a type of 16 bits,
/// so a number is put together by integer arithmetic: its significant bits are shifted to the left
/// by a part of the exponent and become a float, which is exact, and powers of two are multiplied
/// to that. Nothing is rounded on the way, whatever a device's arithmetic is like, as long as it
/// multiplies by powers of two exactly.
///
/// Functions are inlined into kernels; any number of threads may call them.
final class RoundedNumbers {
    /// Bytes of a scale, with which a block begins.
    private static final int SCALE = 2;

    private static final int BLOCK = DType.Q8_0.blockElements();

    /// Which type, as kernels are told: a constant to TornadoVM's compilers. The lowest six bits
    /// say how many elements are stored together.
    static final int BF16 = 1;

    static final int Q8_0 = 32;
    static final int Q4_0 = 96;

    /// The smallest scale that binary16 makes infinite.
    private static final float TOO_LARGE = 65520f;

    /// Smaller scales become 0, and so do the numbers of their blocks.
    private static final float SMALLEST_TO_INVERT = 0x1p-126f;

    private RoundedNumbers() {}

    /// The number of a type.
    static int number(DType type) {
        return switch (type) {
            case BF16 -> BF16;
            case Q8_0 -> Q8_0;
            case Q4_0 -> Q4_0;
            case F32, I32 -> throw new IllegalArgumentException(type + " is not rounded");
        };
    }

    /// Element `index` of a tensor that begins at byte `start`.
    static float at(ByteArray bytes, int start, int index, int type) {
        float value;
        if (type == BF16) {
            value = upperHalf(bytes, start + 2 * index);
        } else {
            value = scale(bytes, start, index, type) * unscaled(bytes, start, index, type);
        }
        return value;
    }

    /// The scale of the block of element `index`.
    static float scale(ByteArray bytes, int start, int index, int type) {
        return half(bytes, block(start, index, type));
    }

    /// The whole number of element `index`, which times its scale is the element.
    static float unscaled(ByteArray bytes, int start, int index, int type) {
        int numbers = block(start, index, type) + SCALE;
        int within = index % BLOCK;
        float value;
        if (type == Q8_0) {
            value = bytes.get(numbers + within);
        } else {
            int both = bytes.get(numbers + within % (BLOCK / 2));
            int number = both & 15;
            if (within >= BLOCK / 2) {
                number = (both >> 4) & 15;
            }
            value = number - 8;
        }
        return value;
    }

    /// How many elements are stored together. By arithmetic, for it stands in the bound of a
    /// parallel loop.
    static int together(int type) {
        return type % 64;
    }

    /// The first byte of the block of element `index` of a tensor that begins at byte `start`.
    static int block(int start, int index, int type) {
        int size = BLOCK / 2 + SCALE;
        if (type == Q8_0) {
            size = BLOCK + SCALE;
        }
        return start + index / BLOCK * size;
    }

    /// The binary16 at a byte: 5 bits of exponent, 10 of significand. What is not finite becomes an
    /// infinity, which makes NaN of the zeros of a block.
    private static float half(ByteArray bytes, int at) {
        int low = bytes.get(at) & 255;
        int high = bytes.get(at + 1) & 255;
        int exponent = (high >> 2) & 31;
        int significand = ((high & 3) << 8) + low;
        if (exponent > 0) {
            significand += 1024;
        } else {
            exponent = 1;
        }
        float factor = 0x1p-25f;
        if (exponent > 15) {
            factor = 0x1p-9f;
        }
        if (exponent == 31) {
            factor = 0x1p127f;
        }
        if (high > 127) {
            factor = -factor;
        }
        return factor * (significand << (exponent & 15));
    }

    /// The upper half of a float at a byte: 8 bits of exponent, 7 of significand. NaN becomes an
    /// infinity.
    private static float upperHalf(ByteArray bytes, int at) {
        int low = bytes.get(at) & 255;
        int high = bytes.get(at + 1) & 255;
        int exponent = ((high & 127) << 1) + ((low >> 7) & 1);
        int significand = low & 127;
        if (exponent > 0) {
            significand += 128;
        } else {
            exponent = 1;
        }
        // 2^(exponent - 134), the lowest four bits of it by the shift.
        float value = 0x1p-70f * (significand << (exponent & 15));
        if ((exponent & 16) != 0) {
            value *= 0x1p16f;
        }
        if ((exponent & 32) != 0) {
            value *= 0x1p32f;
        }
        if ((exponent & 64) != 0) {
            value *= 0x1p64f;
        }
        float factor = 0x1p-64f;
        if ((exponent & 128) != 0) {
            factor = 0x1p64f;
        }
        if (high > 127) {
            factor = -factor;
        }
        return value * factor;
    }

    /// Stores 32 numbers as a block of Q8_0, as
    /// [io.tornadogpt.core.tensor.BlockCodec#encodeComputed] does: the largest magnitude becomes
    /// 127, and a block with a number that is not finite, or too large for a scale, becomes NaN.
    ///
    /// @param from 32 elements from `first` on
    /// @param at first byte of the block
    static void storeBlock(FloatArray from, int first, ByteArray to, int at) {
        float largest = 0f;
        int finite = 1;
        for (int i = 0; i < BLOCK; i++) {
            float value = from.get(first + i);
            if (value * 0f == 0f) {
                largest = TornadoMath.max(largest, TornadoMath.abs(value));
            } else {
                finite = 0;
            }
        }
        float scale = largest / 127;
        if (scale >= TOO_LARGE) {
            finite = 0;
        }
        float inverse = 0f;
        if (finite == 1) {
            storeHalf(scale, to, at);
            if (scale >= SMALLEST_TO_INVERT) {
                inverse = 1f / scale;
            }
        } else {
            to.set(at, (byte) 0);
            to.set(at + 1, (byte) 0x7E);
        }
        for (int i = 0; i < BLOCK; i++) {
            int number = 0;
            if (finite == 1) {
                number = rounded(from.get(first + i) * inverse);
            }
            to.set(at + SCALE + i, (byte) number);
        }
    }

    /// To the nearest whole number, halves away from zero.
    private static int rounded(float value) {
        float magnitude = TornadoMath.abs(value);
        int nearest = (int) magnitude;
        if (magnitude - nearest >= 0.5f) {
            nearest += 1;
        }
        if (value < 0f) {
            nearest = -nearest;
        }
        return nearest;
    }

    /// Stores a number of at least 0 as the nearest binary16 of two bytes, ties to even.
    private static void storeHalf(float value, ByteArray to, int at) {
        float significand = value;
        int exponent = 0;
        for (int step = 8; step > 0; step /= 2) {
            float power = powerOfTwo(step);
            if (significand >= power) {
                significand *= inversePower(step);
                exponent += step;
            }
            if (significand * power < 2f && exponent - step >= -14) {
                significand *= power;
                exponent -= step;
            }
        }
        int bits = nearestEven(significand * 1024f);
        bits += (exponent + 14) * 1024; // the leading 1 of a normal number counts once more
        to.set(at, (byte) bits);
        to.set(at + 1, (byte) ((bits >> 8) & 255));
    }

    /// Of at least 0, ties to even.
    private static int nearestEven(float value) {
        int nearest = (int) value;
        float rest = value - nearest;
        if (rest > 0.5f) {
            nearest += 1;
        }
        if (rest == 0.5f) {
            nearest += nearest & 1;
        }
        return nearest;
    }

    /// 2 to the power of a step: 1, 2, 4, 8, 16, 32, 64.
    private static float powerOfTwo(int step) {
        float power = 2f;
        if (step == 2) {
            power = 4f;
        }
        if (step == 4) {
            power = 16f;
        }
        if (step == 8) {
            power = 256f;
        }
        if (step == 16) {
            power = 0x1p16f;
        }
        if (step == 32) {
            power = 0x1p32f;
        }
        if (step == 64) {
            power = 0x1p64f;
        }
        return power;
    }

    /// What [#powerOfTwo] times is 1; devices need not divide exactly.
    private static float inversePower(int step) {
        float power = 0.5f;
        if (step == 2) {
            power = 0.25f;
        }
        if (step == 4) {
            power = 0x1p-4f;
        }
        if (step == 8) {
            power = 0x1p-8f;
        }
        if (step == 16) {
            power = 0x1p-16f;
        }
        if (step == 32) {
            power = 0x1p-32f;
        }
        if (step == 64) {
            power = 0x1p-64f;
        }
        return power;
    }

    /// Stores a number as the nearest one of BF16, ties to even. NaN and infinities become NaN.
    static void storeUpperHalf(float value, ByteArray to, int at) {
        float significand = TornadoMath.abs(value);
        int bits = 0x7FC0;
        if (value * 0f == 0f) {
            int exponent = 0;
            for (int step = 64; step > 0; step /= 2) {
                float power = powerOfTwo(step);
                if (significand >= power) {
                    significand *= inversePower(step);
                    exponent += step;
                }
                if (significand * power < 2f && exponent - step >= -126) {
                    significand *= power;
                    exponent -= step;
                }
            }
            bits = nearestEven(significand * 128f);
            bits += (exponent + 126) * 128; // as above
        }
        if (value < 0f) {
            bits += 0x8000;
        }
        to.set(at, (byte) bits);
        to.set(at + 1, (byte) ((bits >> 8) & 255));
    }
}
