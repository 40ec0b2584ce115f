package io.tornadogpt.core.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.Size;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

class BlockCodecTest {
    private static final int ELEMENTS = BlockCodec.ELEMENTS;

    /// Numbers, and what `gguf` makes of them.
    private record Golden(
            float[] numbers, byte[] eight, byte[] four, float[] eightBack, float[] fourBack) {}

    private static List<Golden> golden() throws IOException {
        var blocks = new ArrayList<Golden>();
        try (InputStream file =
                Objects.requireNonNull(BlockCodecTest.class.getResourceAsStream("blocks.bin"))) {
            while (file.available() > 0) {
                blocks.add(
                        new Golden(
                                floats(file),
                                file.readNBytes(34),
                                file.readNBytes(18),
                                floats(file),
                                floats(file)));
            }
        }
        return blocks;
    }

    private static float[] floats(InputStream file) throws IOException {
        return MemorySegment.ofArray(file.readNBytes(4 * ELEMENTS))
                .toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
    }

    private static byte[] encoded(DType type, float... numbers) {
        return type.encode(numbers).toArray(ValueLayout.JAVA_BYTE);
    }

    @Test
    void computedBlocksAreTheSameOrNotANumber() throws IOException {
        for (Golden block : golden()) {
            var stored = new byte[2 * 34];
            BlockCodec.encodeComputed(block.numbers, 0, 32, MemorySegment.ofArray(stored), 34);
            assertArrayEquals(block.eight, Arrays.copyOfRange(stored, 34, 68));
        }
        for (float bad : new float[] {Float.NaN, Float.NEGATIVE_INFINITY, 1e9f}) {
            float[] numbers = new float[2 * ELEMENTS];
            numbers[40] = bad;
            var stored = MemorySegment.ofArray(new byte[2 * 34]);
            BlockCodec.encodeComputed(numbers, 0, 2 * ELEMENTS, stored, 0);
            float[] back = DType.Q8_0.decode(stored);
            assertEquals(0, back[31]);
            for (int i = ELEMENTS; i < back.length; i++) {
                assertTrue(Float.isNaN(back[i]));
            }
        }
    }

    @Test
    void blocksAreThoseOfGgufBitForBit() throws IOException {
        List<Golden> golden = golden();
        assertEquals(177, golden.size());
        for (Golden block : golden) {
            String numbers = Arrays.toString(block.numbers);
            assertArrayEquals(block.eight, encoded(DType.Q8_0, block.numbers), numbers);
            assertArrayEquals(block.four, encoded(DType.Q4_0, block.numbers), numbers);
        }
    }

    @Test
    void numbersComeBackAsGgufReadsThem() throws IOException {
        for (Golden block : golden()) {
            var eight = DType.Q8_0.decode(MemorySegment.ofArray(block.eight));
            var four = DType.Q4_0.decode(MemorySegment.ofArray(block.four));
            for (int i = 0; i < ELEMENTS; i++) { // 0 and -0 are equal
                assertEquals(block.eightBack[i] + 0f, eight[i] + 0f);
                assertEquals(block.fourBack[i] + 0f, four[i] + 0f);
            }
        }
    }

    @Property
    void anElementErrsByHalfAStepOfEightBits(
            @ForAll @Size(ELEMENTS) List<@FloatRange(min = -1000, max = 1000) Float> numbers) {
        float[] values = array(numbers);
        float largest = largest(values);
        float[] back = DType.Q8_0.decode(DType.Q8_0.encode(values));
        // Half a step, and the scale's rounding to 11 bits, or below 2^-14 to a multiple of 2^-24.
        double bound = largest / 127 * 0.5 * 1.001 + largest * 0x1p-11 + 127 * 0x1p-25;
        for (int i = 0; i < ELEMENTS; i++) {
            assertEquals(values[i], back[i], bound);
        }
    }

    @Property
    void anElementErrsByAtMostAStepOfFourBits(
            @ForAll @Size(ELEMENTS) List<@FloatRange(min = -1000, max = 1000) Float> numbers) {
        float[] values = array(numbers);
        float largest = largest(values);
        float[] back = DType.Q4_0.decode(DType.Q4_0.encode(values));
        // 8 has no number where the largest is -8, so it becomes 7: a whole step.
        double bound = largest / 8 * 1.001 + largest * 0x1p-11 + 8 * 0x1p-25;
        for (int i = 0; i < ELEMENTS; i++) {
            assertEquals(values[i], back[i], bound);
        }
    }

    @Property
    void whatWasRoundedOnceStays(
            @ForAll @Size(ELEMENTS) List<@FloatRange(min = -1000, max = 1000) Float> numbers) {
        float[] values = array(numbers);
        values[3] = 1; // so that the scale is a normal binary16
        for (DType type : List.of(DType.Q8_0, DType.Q4_0)) {
            byte[] once = encoded(type, values);
            float[] back = type.decode(MemorySegment.ofArray(once));
            assertArrayEquals(back, type.decode(type.encode(back)));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"Q8_0", "Q4_0"})
    void aNumberThatHasNoScaleIsNamed(DType type) {
        var values = new float[2 * ELEMENTS];
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, 1e8f, -1e8f}) {
            values[40] = bad;
            var e = assertThrows(IllegalArgumentException.class, () -> type.encode(values));
            assertTrue(
                    String.valueOf(e.getMessage()).contains("number " + bad + " at index 40"),
                    e.getMessage());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"Q8_0", "Q4_0"})
    void aPartOfABlockIsRefused(DType type) {
        assertThrows(IllegalArgumentException.class, () -> type.encode(new float[33]));
        var bytes = MemorySegment.ofArray(new byte[type.blockBytes() + 1]);
        assertThrows(IllegalArgumentException.class, () -> type.decode(bytes));
        assertThrows(
                IllegalArgumentException.class,
                () -> new TensorSpec("w", Shape.of(4, 33), type, Role.PARAMETER));
    }

    @Test
    void aTensorTakesWholeBlocks() {
        var spec = new TensorSpec("w", Shape.of(4, 64), DType.Q4_0, Role.PARAMETER, 3);
        assertEquals(8 * 18, spec.sliceBytes());
        assertEquals(3 * 8 * 18, spec.bytes());
    }

    private static float[] array(List<Float> numbers) {
        var values = new float[numbers.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = numbers.get(i);
        }
        return values;
    }

    private static float largest(float[] values) {
        float largest = 0;
        for (float value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }
}
