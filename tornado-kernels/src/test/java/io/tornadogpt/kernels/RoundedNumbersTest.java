package io.tornadogpt.kernels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.tornadogpt.core.tensor.BFloat16;
import io.tornadogpt.core.tensor.BlockCodec;
import io.tornadogpt.core.tensor.DType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import uk.ac.manchester.tornado.api.types.arrays.ByteArray;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

/// Numbers that are made by arithmetic are those that the host makes of the same bits.
class RoundedNumbersTest {
    private static final int HALVES = 1 << 16;

    /// All numbers of 16 bits, one behind the other.
    private static ByteArray halves() {
        var bytes = new ByteArray(2 * HALVES);
        for (int i = 0; i < HALVES; i++) {
            bytes.getSegment().set(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i, (short) i);
        }
        return bytes;
    }

    @Test
    void everyNumberOfBf16IsExact() {
        ByteArray bytes = halves();
        for (int i = 0; i < HALVES; i++) {
            float expected = BFloat16.toFloat((short) i);
            float actual = RoundedNumbers.at(bytes, 0, i, RoundedNumbers.BF16);
            if (Float.isFinite(expected)) {
                assertEquals(expected, actual);
            } else {
                assertFalse(Float.isFinite(actual), i + " became " + actual);
            }
        }
    }

    @Test
    void everyScaleIsExact() {
        ByteArray bytes = halves();
        for (int i = 0; i < HALVES; i++) {
            float expected = Float.float16ToFloat((short) i);
            float actual = RoundedNumbers.scale(bytes, 2 * i, 0, RoundedNumbers.Q8_0);
            if (Float.isFinite(expected)) {
                assertEquals(expected, actual);
            } else {
                assertTrue(Float.isInfinite(actual), i + " became " + actual);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"Q8_0", "Q4_0"})
    void elementsOfBlocksAreThoseOfTheHost(DType type) {
        float[] values = normal(320, 1);
        MemorySegment stored = type.encode(values);
        ByteArray bytes = ByteArray.fromSegment(stored);
        float[] expected = type.decode(stored);
        for (int i = 0; i < expected.length; i++) {
            assertEquals(expected[i], RoundedNumbers.at(bytes, 0, i, RoundedNumbers.number(type)));
        }
    }

    private static float[] normal(int count, double scale) {
        var random = new SplittableRandom(3);
        var values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (scale * random.nextGaussian());
        }
        return values;
    }

    @Test
    void numbersAreStoredAsTheNearestOfBf16() {
        var random = new SplittableRandom(5);
        for (int i = 0; i < 200_000; i++) {
            int bits = random.nextInt();
            checkUpperHalf(Float.intBitsToFloat(bits));
            checkUpperHalf(Float.intBitsToFloat(bits & 0xFFFF0000 | 0x8000)); // a tie
        }
        for (float value : new float[] {0f, -0f, 1f, -1f, 0x1p-149f, 0x1p-126f, Float.MAX_VALUE}) {
            checkUpperHalf(value);
        }
    }

    private static void checkUpperHalf(float value) {
        var stored = new ByteArray(2);
        RoundedNumbers.storeUpperHalf(value, stored, 0);
        short bits = stored.getSegment().get(ValueLayout.JAVA_SHORT_UNALIGNED, 0);
        float expected = BFloat16.toFloat(BFloat16.of(value));
        if (Float.isFinite(value)) {
            assertTrue(expected == BFloat16.toFloat(bits), () -> "of " + value);
        } else {
            assertTrue(Float.isNaN(BFloat16.toFloat(bits)), () -> "of " + value);
        }
    }

    @Test
    void blocksAreStoredAsTheHostStoresThem() {
        for (double scale : new double[] {1, 1e-3, 1e-7, 3e-9, 0, 1e5, 2e6}) {
            float[] values = normal(320, scale);
            for (int block = 0; block < 10; block++) {
                checkBlock(values, 32 * block);
            }
        }
        var ties = new float[32];
        for (int i = 0; i < 32; i++) {
            ties[i] = i == 0 ? 127 : i - 15.5f;
        }
        checkBlock(ties, 0);
    }

    @Test
    void blockWithANumberThatDoesNotFitIsNotANumber() {
        for (float bad :
                new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 1e9f}) {
            float[] values = normal(32, 1);
            values[7] = bad;
            checkBlock(values, 0);
            ByteArray stored = stored(values, 0);
            assertTrue(Float.isNaN(RoundedNumbers.at(stored, 0, 0, RoundedNumbers.Q8_0)));
        }
    }

    private static void checkBlock(float[] values, int from) {
        byte[] expected = new byte[DType.Q8_0.blockBytes()];
        BlockCodec.encodeComputed(values, from, 32, MemorySegment.ofArray(expected), 0);
        assertArrayEquals(expected, stored(values, from).toHeapArray());
    }

    private static ByteArray stored(float[] values, int from) {
        var stored = new ByteArray(DType.Q8_0.blockBytes());
        RoundedNumbers.storeBlock(FloatArray.fromArray(values), from, stored, 0);
        return stored;
    }
}
