package io.tornadogpt.core.testing;

import io.tornadogpt.core.model.graph.Initialization;
import io.tornadogpt.core.random.Threefry;
import io.tornadogpt.core.tensor.DType;
import io.tornadogpt.core.tensor.Shape;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32;

/// What a tensor holds before a case runs: a function of a seed and a name.
public sealed interface Values {
    /// Normally distributed numbers.
    record Normal(double mean, double deviation) implements Values {}

    /// Evenly distributed numbers, `low <= x < high`.
    record Uniform(double low, double high) implements Values {}

    /// Integers, `low <= i < high`.
    record Integers(int low, int high) implements Values {}

    /// These numbers, over and over if there are more elements; converted to the tensor's type.
    record Given(List<Double> numbers) implements Values {
        public Given {
            numbers = List.copyOf(numbers);
        }
    }

    /// Numbers around 0 with deviation 1.
    static Values normal() {
        return new Normal(0, 1);
    }

    static Values of(double... numbers) {
        return new Given(Arrays.stream(numbers).boxed().toList());
    }

    /// The elements of one slice, in native byte order.
    ///
    /// @param name what tells this slice from others of the same seed
    default MemorySegment elements(DType type, int count, long seed, String name) {
        return switch (type) {
            case I32 -> MemorySegment.ofArray(integers(count, seed, name));
            default -> type.encode(floats(count, seed, name));
        };
    }

    private float[] floats(int count, long seed, String name) {
        if (this instanceof Normal(double mean, double deviation)) {
            float[] values =
                    new Initialization.Normal(deviation).values(seed, name, Shape.of(count));
            for (int i = 0; i < count; i++) {
                values[i] += (float) mean;
            }
            return values;
        }
        float[] values = new float[count];
        Threefry random = random(seed, name);
        for (int i = 0; i < count; i++) {
            values[i] =
                    switch (this) {
                        case Uniform(double low, double high) ->
                                (float) (low + (high - low) * unit(random, i));
                        case Given(List<Double> numbers) ->
                                numbers.get(i % numbers.size()).floatValue();
                        case Integers _, Normal _ -> throw wrong(DType.F32);
                    };
        }
        return values;
    }

    private int[] integers(int count, long seed, String name) {
        int[] values = new int[count];
        Threefry random = random(seed, name);
        for (int i = 0; i < count; i++) {
            values[i] =
                    switch (this) {
                        case Integers(int low, int high) ->
                                low + (int) (((long) high - low) * unit(random, i));
                        case Given(List<Double> numbers) ->
                                numbers.get(i % numbers.size()).intValue();
                        case Normal _, Uniform _ -> throw wrong(DType.I32);
                    };
        }
        return values;
    }

    private IllegalArgumentException wrong(DType type) {
        return new IllegalArgumentException(this + " cannot fill a tensor of type " + type);
    }

    private static Threefry random(long seed, String name) {
        var crc = new CRC32();
        crc.update(name.getBytes(StandardCharsets.UTF_8));
        return new Threefry((int) seed, (int) (seed >>> 32), (int) crc.getValue(), 1);
    }

    /// A number in [0, 1).
    private static double unit(Threefry random, int index) {
        return (random.word(0, index, 0, 0) & 0xFFFFFFFFL) * 0x1p-32;
    }
}
