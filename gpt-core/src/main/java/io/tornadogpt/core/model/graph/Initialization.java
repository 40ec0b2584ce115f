package io.tornadogpt.core.model.graph;

import io.tornadogpt.core.random.Threefry;
import io.tornadogpt.core.tensor.Shape;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;

/// How a parameter starts.
public sealed interface Initialization {
    /// All elements equal: 1 for the weights of layer-norms, 0 for biases.
    record Constant(float value) implements Initialization {}

    /// Normally distributed around 0.
    record Normal(double standardDeviation) implements Initialization {}

    /// As [Normal], for the `[out, in]` weight of a linear layer: numbers are drawn input by input,
    /// so that a weight starts with the same numbers whichever way round it is kept.
    record NormalByInput(double standardDeviation) implements Initialization {}

    /// Uniformly distributed between the negative of a bound and the bound.
    record Uniform(double bound) implements Initialization {}

    /// The values of one tensor, a function of seed, name and shape alone.
    ///
    /// @param name of the tensor, the layer's number included
    default float[] values(long seed, String name, Shape shape) {
        float[] values = new float[Math.toIntExact(shape.elements())];
        switch (this) {
            case Constant(float value) -> Arrays.fill(values, value);
            case Normal(double deviation) -> fillNormal(values, deviation, seed, name);
            case Uniform(double bound) -> fillUniform(values, bound, seed, name);
            case NormalByInput(double deviation) -> {
                float[] byInput = new float[values.length];
                fillNormal(byInput, deviation, seed, name);
                int outputs = shape.rows();
                int inputs = shape.columns();
                for (int out = 0; out < outputs; out++) {
                    for (int in = 0; in < inputs; in++) {
                        values[out * inputs + in] = byInput[in * outputs + out];
                    }
                }
            }
        }
        return values;
    }

    /// Pairs of normal numbers from pairs of uniform ones (Box and Muller, 1958).
    private static void fillNormal(float[] values, double deviation, long seed, String name) {
        Threefry random = random(seed, name);
        int[] words = new int[4];
        for (int i = 0; i < values.length; i += 4) {
            random.words(i >> 2, 0, 0, 0, words);
            for (int j = 0; j < 4 && i + j < values.length; j++) {
                double radius = Math.sqrt(-2 * Math.log(uniform(words[j & ~1])));
                double angle = 2 * Math.PI * uniform(words[j | 1]);
                double normal = radius * (j % 2 == 0 ? Math.cos(angle) : Math.sin(angle));
                values[i + j] = (float) (deviation * normal);
            }
        }
    }

    private static void fillUniform(float[] values, double bound, long seed, String name) {
        Threefry random = random(seed, name);
        int[] words = new int[4];
        for (int i = 0; i < values.length; i += 4) {
            random.words(i >> 2, 0, 0, 0, words);
            for (int j = 0; j < 4 && i + j < values.length; j++) {
                values[i + j] = (float) (bound * (2 * uniform(words[j]) - 1));
            }
        }
    }

    private static Threefry random(long seed, String name) {
        var crc = new CRC32();
        crc.update(name.getBytes(StandardCharsets.UTF_8));
        return new Threefry((int) seed, (int) (seed >>> 32), (int) crc.getValue(), 0);
    }

    /// A number in (0, 1] from 32 random bits.
    private static double uniform(int word) {
        return ((word & 0xFFFFFFFFL) + 1) * 0x1p-32;
    }
}
